"""The state in the address: its parts as text and back, what does not fit, what is refused."""

from typing import Any

import numpy as np

from tests.node import run_in_node

SHAPE = """
    import {BadAddress, readAddress, writeAddress} from "./address.js";
    import {imageOf, integerBelow, integersBelow, numbers, oneOf, subsetBelow} from "./codecs.js";
    const codecs = {
        node: integerBelow(128), cell: integersBelow([10, 10]), colouring: oneOf(["class", "node"]),
        off: subsetBelow(1024), drawn: imageOf(4096), zoom: numbers(0, 4),
    };
    const initial = {node: 3, cell: [4, 9], colouring: "class", off: [], drawn: new Uint8Array(4096), zoom: []};
    const shape = {run: "0123abcd", panels: ["maps", "nodes"], codecs, initial};
"""
WRITE = "answer(writeAddress(shape, {...initial, panel: 'nodes', ...input}));"
READ = """
    answer(input.map((fragment) => {
        try {
            return readAddress(shape, fragment);
        } catch (error) {
            if (!(error instanceof BadAddress)) throw error;
            return error.message;
        }
    }));
"""

DAMAGED = [
    "#nodes?1&0123abcd&node=128", "#nodes?1&0123abcd&node=07", "#nodes?1&0123abcd&node=", "#nodes?1&0123abcd&node",
    "#nodes?1&0123abcd&nodes=3", "#nodes?1&0123abcd&__proto__=1", "#nodes?1&0123abcd&cell=1", "#nodes?2&0123abcd",
    "#elsewhere?1&0123abcd", "#nodes?1&0123abcd&off=3-1", "#nodes?1&0123abcd&off=1,1", "#nodes?1&0123abcd&off=!AA",
    "#nodes?1&0123abcd&off=0-99999999999", "#nodes?1&0123abcd&drawn=AA", "#nodes?1&0123abcd&zoom=1,2,3,4,5",
    "#nodes?1&0123abcd&zoom=1e999", "#nodes?1&0123abcd&colouring=<b>", "#nodes?1&0123abcd&", "#nodes?1", "#?",
    "#nodes?%ff", "#nodes?1&0123abcd&node=1" + "0" * 1500,
]  # fmt: skip


def read(*fragments: str) -> Any:
    return run_in_node(SHAPE + READ, fragments)


def test_sets_images_and_numbers_come_back_as_they_were() -> None:
    rng = np.random.default_rng(0)
    sizes = [*rng.integers(1, 1100, 40).tolist(), 1, 1024]
    sets = [np.flatnonzero(rng.random(size) < rng.random()).tolist() for size in sizes]
    images = [np.where(rng.random(size) < 0.7, 0, rng.integers(0, 256, size)).tolist() for size in sizes]
    numbers = [[1.25, -0.003, 1e-9, -4e21], []]
    code = """
        const {sizes, sets, images, numbers: lists} = input;
        const again = (codec, value) => [codec.decode(codec.encode(value)), codec.encode(value)];
        answer([sets.map((set, i) => again(subsetBelow(sizes[i]), set)),
                images.map((image, i) => again(imageOf(sizes[i]), Uint8Array.from(image))),
                lists.map((list) => again(numbers(0, 4), list))]);
    """
    given = {"sizes": sizes, "sets": sets, "images": images, "numbers": numbers}
    found = run_in_node(SHAPE + code, given)
    assert [[value for value, _ in kind] for kind in found] == [sets, images, numbers]
    assert max(len(text) for _, text in found[0]) <= 1 + 1100 // 6 + 1


def test_an_address_has_what_is_not_as_at_first_and_gives_it_back() -> None:
    assert run_in_node(SHAPE + WRITE, {}) == {"fragment": "#nodes?1&0123abcd", "omitted": []}
    state = {"node": 7, "cell": [0, 9], "off": [1, 2, 3, 9], "zoom": [0.5, -1.25, 3, 4]}
    fragment = run_in_node(SHAPE + WRITE, state)["fragment"]
    assert fragment == "#nodes?1&0123abcd&node=7&cell=0,9&off=1-3,9&zoom=0.5,-1.25,3,4"
    nothing_drawn = {"colouring": "class", "drawn": [0] * 4096}
    expected = {"panel": "nodes", "choices": {**state, **nothing_drawn}}
    assert read(fragment, fragment.replace(",", "%2C")) == [expected, expected]


def test_what_does_not_fit_is_left_out_the_longest_first() -> None:
    rng = np.random.default_rng(0)
    code = WRITE.replace("...input", "...input, drawn: Uint8Array.from(input.drawn)")
    off = np.flatnonzero(rng.random(1024) < 0.5).tolist()
    state = {"node": 7, "off": off, "drawn": rng.integers(0, 256, 4096)}
    written = run_in_node(SHAPE + code, state)
    assert written["omitted"] == ["drawn"]
    assert len(written["fragment"]) <= 1500
    (found,) = read(written["fragment"])
    assert found["choices"]["off"] == off


def test_a_link_to_a_panel_changes_no_choice() -> None:
    assert read("#maps", "", "#elsewhere") == [
        {"panel": panel, "choices": None} for panel in ("maps", None, None)
    ]  # fmt: skip


def test_a_damaged_address_is_refused() -> None:
    for fragment, found in zip(DAMAGED, read(*DAMAGED), strict=True):
        assert found.startswith("The state in the address is damaged"), fragment


def test_an_address_of_another_run_is_refused() -> None:
    (found,) = read("#nodes?1&89ab4567&node=5")
    assert found.startswith("The state in the address is of another run")
