"""The code of a sweep's page: what Python carries is what the scripts say they take, and the bundling's rules hold."""

import re
from typing import Any

import pytest

from page.bundle import PARTS
from sweep import carried
from sweep.report import FOLDERS, PANELS, modules
from tests.test_page_code import (
    assert_described,
    assert_exports_are_declarations,
    assert_imports_at_the_top,
    assert_no_name_in_common,
)

SCRIPTS = modules()
OWN = sorted(path.name for path in FOLDERS[0].glob("*.js"))
RECORDS = [value for name, value in vars(carried).items() if name.startswith("Carried")]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_the_scripts_describe_what_python_carries(record: Any) -> None:
    assert_described(record, SCRIPTS)


@pytest.mark.parametrize("name", OWN)
def test_a_script_imports_at_its_top_and_exports_declarations(name: str) -> None:
    assert_imports_at_the_top(SCRIPTS[name])
    assert_exports_are_declarations(name, SCRIPTS[name])


def test_a_module_is_imported_from_where_it_is() -> None:
    for name in OWN:
        for folder, imported in re.findall(r'from "(\./|\.\./\.\./page/static/)([\w.]+)"', SCRIPTS[name]):
            assert ((FOLDERS[0] if folder == "./" else PARTS) / imported).is_file(), f"{name}: {imported}"


def test_no_two_scripts_of_the_page_have_a_top_level_name_in_common() -> None:
    assert_no_name_in_common(SCRIPTS)


def test_every_panel_has_its_class_and_its_html_and_no_file_is_left_over() -> None:
    html = {path.name for path in FOLDERS[0].glob("*.html")}
    assert html == {"sweep.html", *(f"{panel.name}.html" for panel in PANELS)}
    for panel in PANELS:
        if panel.script:
            assert sum(f"export class {panel.script} " in text for text in SCRIPTS.values()) == 1
    assert not {path.name for path in FOLDERS[0].iterdir()} & {path.name for path in PARTS.iterdir()}
