"""The code of a sweep's page: what Python carries is what the scripts say they take, and the bundling's rules hold."""

import re
from typing import Any, get_type_hints

import pytest

from page.bundle import IMPORT, PARTS
from sweep import carried
from sweep.report import FOLDERS, PANELS, modules
from tests.test_page_code import DECLARATION, PROPERTY, TYPEDEF, in_javascript

SCRIPTS = modules()
OWN = sorted(path.name for path in FOLDERS[0].glob("*.js"))
RECORDS = [value for name, value in vars(carried).items() if name.startswith("Carried")]


def read_sweep_typedefs() -> dict[str, dict[str, str]]:
    found = (one for text in SCRIPTS.values() for one in TYPEDEF.findall(text))
    return {name: {place: kind for kind, place in PROPERTY.findall(body)} for name, body in found}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_the_scripts_describe_what_python_carries(record: Any) -> None:
    optional = record.__optional_keys__
    expected = {
        f"[{name}]" if name in optional else name: in_javascript(kind) for name, kind in get_type_hints(record).items()
    }
    assert read_sweep_typedefs()[record.__name__] == expected


@pytest.mark.parametrize("name", OWN)
def test_a_script_imports_at_its_top_and_exports_declarations(name: str) -> None:
    text = SCRIPTS[name]
    top = [line for line in text.splitlines() if line and not line.startswith("//")]
    imports = IMPORT.findall(text)
    assert all(IMPORT.match(line + "\n") for line in top[: len(imports)])
    assert len(re.findall(r"^import\b|\bfrom \"", text, flags=re.MULTILINE)) == 2 * len(imports)
    exports = re.findall(r"^export\b.*", text, flags=re.MULTILINE)
    assert all(re.match(r"export (async function|function|class|const) \w+", line) for line in exports)


def test_a_module_is_imported_from_where_it_is() -> None:
    for name in OWN:
        for folder, imported in re.findall(r'from "(\./|\.\./\.\./page/static/)([\w.]+)"', SCRIPTS[name]):
            assert ((FOLDERS[0] if folder == "./" else PARTS) / imported).is_file(), f"{name}: {imported}"


def test_no_two_scripts_of_the_page_have_a_top_level_name_in_common() -> None:
    owners: dict[str, str] = {}
    for name, text in SCRIPTS.items():
        for declared in DECLARATION.findall(text):
            assert re.fullmatch(r"\w+", declared), f"{name}: one plain name a declaration, found {declared}"
            assert owners.setdefault(declared, name) == name, declared


def test_every_panel_has_its_class_and_its_html_and_no_file_is_left_over() -> None:
    html = {path.name for path in FOLDERS[0].glob("*.html")}
    assert html == {"sweep.html", *(f"{panel.name}.html" for panel in PANELS)}
    for panel in PANELS:
        if panel.script:
            assert sum(f"export class {panel.script} " in text for text in SCRIPTS.values()) == 1
    assert not {path.name for path in FOLDERS[0].iterdir()} & {path.name for path in PARTS.iterdir()}
