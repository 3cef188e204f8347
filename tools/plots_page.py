"""The plots that `dvc plots` draws as one file that needs no network: `make plots`, `make diff EXP="one-node wide"`.

DVC's own page loads Vega from the network and its pictures from a directory beside it. Here Vega comes from the
installed package vl-convert-python, and the pictures are part of the page.
"""

import base64
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import vl_convert

TEMPLATE = Path(".dvc/plots/page.html")
PAGE = Path("dvc_plots/index.html")


def fill_in_scripts(template: str) -> str:
    """The page's template with Vega, Vega-Lite and Vega-Embed in the place of DVC's links to them."""
    # Within a function, as the bundle's thousand one-letter names are nobody else's business.
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")
    return template.replace("{scripts}", f"<script>(() => {{{bundle}}})();</script>")


def fill_in_pictures(page: str, directory: Path) -> str:
    """The page with each picture's file, relative to `directory`, replaced by its content."""

    def inline(match: re.Match[str]) -> str:
        content = base64.b64encode((directory / match[1]).read_bytes()).decode()
        return f'<img alt="" src="data:image/png;base64,{content}">'

    return re.sub(r'<img src="([^":]+\.png)">', inline, page)


def main() -> None:
    experiments = sys.argv[1:]
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as template:
        template.write(fill_in_scripts(TEMPLATE.read_text(encoding="utf-8")))
        template.flush()
        command = ["plots", "diff", *experiments] if experiments else ["plots", "show"]
        dvc = [sys.executable, "-m", "dvc", *command, "--html-template", template.name, "--out", str(PAGE.parent)]
        status = subprocess.run(dvc, stdout=subprocess.DEVNULL).returncode
    if status:
        sys.exit(status)
    page = fill_in_pictures(PAGE.read_text(encoding="utf-8"), PAGE.parent)
    PAGE.write_text(page, encoding="utf-8")
    shown = " and ".join(experiments) or "the workspace"
    print(f"{PAGE}: the plots of {shown}, {len(page) / 1e6:.1f} MB, opens in any browser without network")


if __name__ == "__main__":
    main()
