"""What happens without a question: looks at the markets, decides by the rules, puts events into the outbox."""

from chatbot.watch.watcher import Watcher as Watcher
