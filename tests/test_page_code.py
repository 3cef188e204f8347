"""The page's code: what Python carries is what the scripts say they take, and the bundling's rules hold."""

import re
from collections import Counter
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from hidden_nodes.data.dataset import as_dataset, read_description
from page.bundle import IMPORT, PARTS, WORKER, order_scripts, read_scripts, select_scripts, write_script, write_worker
from page.carried import Carried, CarriedNetwork, Packed
from page.panels import PANELS
from page.placed import CarriedMap

SCRIPTS = read_scripts()
CARRIED = [get_type_hints(panel.carry)["return"] for panel in PANELS if panel.carry]
RECORDS = [Packed, CarriedNetwork, CarriedMap, Carried, *CARRIED]
TYPEDEF = re.compile(r"@typedef \{object\} (\w+)\n(.*?)\*/", flags=re.DOTALL)
PROPERTY = re.compile(r"@property \{(.+?)\} (\[?\w+\]?)")
# Every line of a script's top level that names something.
DECLARATION = re.compile(
    r"^(?:export )?(?:async )?(?:function|class|const|let|var) (\w+|\[.*?\]|\{.*?\})", re.MULTILINE
)


def in_javascript(kind: Any) -> str:
    """The JSDoc type of a Python type."""
    if kind in (int, float):
        return "number"
    if kind is bool:
        return "boolean"
    if kind is str:
        return "string"
    if kind == float | None:
        return "(number | null)"
    if is_typeddict(kind):
        return str(kind.__name__)
    if get_origin(kind) is list:
        return in_javascript(get_args(kind)[0]) + "[]"
    if get_origin(kind) is dict:
        return "Object<string, object>"
    raise TypeError(kind)


def read_typedefs(scripts: dict[str, str]) -> dict[str, dict[str, str]]:
    """The JSDoc records of all scripts: type by property."""
    return {
        name: {place: kind for kind, place in PROPERTY.findall(body)}
        for text in scripts.values()
        for name, body in TYPEDEF.findall(text)
    }


def assert_described(record: Any, scripts: dict[str, str]) -> None:
    """What Python carries is what the scripts say they take."""
    optional = record.__optional_keys__
    expected = {
        f"[{name}]" if name in optional else name: in_javascript(kind) for name, kind in get_type_hints(record).items()
    }
    assert read_typedefs(scripts)[record.__name__] == expected


def assert_imports_at_the_top(text: str) -> None:
    top = [line for line in text.splitlines() if line and not line.startswith("//")]
    imports = IMPORT.findall(text)
    assert all(IMPORT.match(line + "\n") for line in top[: len(imports)])
    assert len(re.findall(r"\bimport\b|\bfrom \"", text)) == 2 * len(imports)


def assert_exports_are_declarations(name: str, text: str) -> None:
    found = re.findall(r"^export\b.*", text, flags=re.MULTILINE)
    assert all(re.match(r"export (async function|function|class|const) \w+", line) for line in found), name


def assert_no_name_in_common(scripts: dict[str, str]) -> None:
    owners: dict[str, str] = {}
    for name, text in scripts.items():
        for declared in DECLARATION.findall(text):
            assert re.fullmatch(r"\w+", declared), f"{name}: one plain name a declaration, found {declared}"
            assert owners.setdefault(declared, name) == name, declared


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_the_scripts_describe_what_python_carries(record: Any) -> None:
    assert_described(record, SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_imports_stand_alone_at_the_top_of_a_script(name: str) -> None:
    assert_imports_at_the_top(SCRIPTS[name])


def test_exports_are_declarations_without_a_default() -> None:
    for name, text in SCRIPTS.items():
        assert_exports_are_declarations(name, text)


def test_no_two_scripts_have_a_top_level_name_in_common() -> None:
    assert_no_name_in_common(SCRIPTS)


def test_a_script_stands_after_those_that_it_imports() -> None:
    order = order_scripts(SCRIPTS)
    assert sorted(order) == sorted(SCRIPTS)
    for position, name in enumerate(order):
        assert set(IMPORT.findall(SCRIPTS[name])) <= set(order[:position]), name


def test_the_worker_is_a_script_of_its_own_with_what_it_imports() -> None:
    own, pages = (select_scripts(SCRIPTS, worker) for worker in (True, False))
    assert not [name for name in pages if name.endswith(WORKER)]
    assert set(own) | set(pages) == set(SCRIPTS)
    assert {"serve.worker.js", "network.js"} <= set(own)
    code = re.sub(r"/\*.*?\*/", "", re.sub(r"//.*", "", write_worker()), flags=re.DOTALL)
    assert re.findall(r"\b(?:document|window|import|export)\b|</script", code) == []


def test_every_panel_has_its_class_and_its_html_and_the_bundle_starts_it() -> None:
    last = write_script(PANELS).splitlines()[-1]
    for panel in PANELS:
        assert (PARTS / f"{panel.name}.html").is_file()
        if panel.script:
            assert sum(f"export class {panel.script} " in text for text in SCRIPTS.values()) == 1
            assert f"{panel.name}: {panel.script}" in last


def test_a_drawing_is_asked_for_only_where_the_data_set_says_how_it_is_normalized() -> None:
    (panel,) = [panel for panel in PANELS if panel.suits]
    description = read_description("mnist")
    for drawing, suits in (("mnist", True), (None, False)):
        dataset = as_dataset(description.model_copy(update={"drawing": drawing}), "mnist")
        assert panel.suits is not None
        assert panel.suits(dataset) is suits
    assert panel.name == "draw"
    assert "DrawingCanvas" not in write_script([one for one in PANELS if one is not panel]).splitlines()[-1]


def test_page_html_has_nothing_of_a_panel() -> None:
    text = (PARTS / "page.html").read_text(encoding="utf-8")
    for panel in PANELS:
        assert f'id="{panel.name}' not in text


def test_no_id_stands_twice_on_the_page() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in PARTS.glob("*.html"))
    ids = [name for name in re.findall(r'\bid="([^"]*)"', texts) if "{{" not in name]
    found = Counter([*ids, *(f"{panel.name}{end}" for panel in PANELS for end in ("", "-title"))])
    assert [name for name, count in found.items() if count > 1] == []
