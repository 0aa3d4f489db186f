"""What the readers are told of the roles is the table that the service decides by."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.access.roles import RIGHTS, Extent, Right, Role

ROOT = Path(__file__).parent.parent.parent
SAYS = {"": None, "all": Extent.ALL, "own": Extent.OWN, "other units": Extent.OTHER_UNITS}
SAYS |= {"可以": Extent.ALL, "只有自己提交的": Extent.OWN, "本单位的申报除外": Extent.OTHER_UNITS}


@pytest.mark.parametrize("file", ["README.md", "docs/zh/审计指南.md"])
def test_the_documents_show_the_table_of_roles(file: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").split("\n")
    head = next(index for index, line in enumerate(lines) if all(f"`{role}`" in line for role in Role))
    rows = []
    for line in lines[head + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([SAYS[cell.strip()] for cell in line.strip("|").split("|")[1:]])
    assert rows == [[RIGHTS[role].get(right) for role in Role] for right in Right]
