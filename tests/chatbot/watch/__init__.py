"""The watcher, with plain fakes."""
