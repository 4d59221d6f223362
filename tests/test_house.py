"""The rules of the house that linters cannot see."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    path.relative_to(ROOT) for package in ("chatbot", "handlers", "storage") for path in (ROOT / package).rglob("*.py")
)
# Quantities whose unit depends on the contract, or that have none by nature.
UNITLESS = {"leverage", "maximum_leverage", "contract_size", "price_unit", "floor", "deduction"}
# Of an alert: in the unit of what its rule looks at (per 8 hours; a year for a basis; a sign, or seconds).
OF_A_RULE = {"level", "clear_level", "snooze_level", "value", "told", "reference"}
SUFFIXES = (
    "_base",
    "_quote",
    "_usd",
    "_contracts",
    "_share",
    "_per_interval",
    "_per_eight_hours",
    "_per_day",
    "_per_year",
)


def tree_of(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text())


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_every_module_opens_with_one_sentence_that_says_what_it_is(module: Path) -> None:
    assert "versions" in module.parts or ast.get_docstring(tree_of(module))


def test_the_package_of_the_bot_imports_nothing_so_that_no_circle_can_form() -> None:
    assert len(tree_of(Path("chatbot/__init__.py")).body) == 1


def test_one_place_alone_catches_every_exception_the_door_of_the_messenger() -> None:
    wide = [
        module
        for module in MODULES
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.ExceptHandler) and names_in(node.type) & {"Exception", "BaseException", ""}
    ]
    assert [module.parts[:2] for module in wide] == [("chatbot", "messenger")]


def names_in(kind: ast.expr | None) -> set[str]:
    return {""} if kind is None else {node.id for node in ast.walk(kind) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("module", [m for m in MODULES if m != Path("chatbot/__main__.py")], ids=str)
def test_only_the_roof_reads_the_clock_and_the_environment(module: Path) -> None:
    forbidden = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "os.environ", "os.getenv"}
    read = {ast.unparse(node) for node in ast.walk(tree_of(module)) if isinstance(node, ast.Attribute)}
    assert not read & forbidden


def decimal_fields() -> Iterator[tuple[Path, str]]:
    for module in MODULES:
        if module.parts[:2] != ("chatbot", "core"):
            continue
        for node in ast.walk(tree_of(module)):
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) in {"Decimal", "Decimal | None"}:
                yield module, ast.unparse(node.target)


@pytest.mark.parametrize(("module", "name"), list(decimal_fields()))
def test_every_decimal_of_the_core_names_its_unit(module: Path, name: str) -> None:
    is_of_rule = module.parts[:3] == ("chatbot", "core", "alerts") and name in OF_A_RULE
    assert is_of_rule or name in UNITLESS or f"_{name}".endswith(SUFFIXES)
