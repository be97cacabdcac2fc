"""A card's name from the bus, where no driver answers."""

from __future__ import annotations

from pathlib import Path

from planner.hardware.pci_names import device_name, pci_cards

IDS = """\
# comment
1002  Advanced Micro Devices, Inc. [AMD/ATI]
\t2684  Not this one
10de  NVIDIA Corporation
\t2204  GA102 [GeForce RTX 3090]
\t\t10de 1234  A board of it
\t2684  AD102 [GeForce RTX 4090]
\t9999  Unnamed chip
10df  Emulex Corporation
\t2685  Not this either
"""


def test_that_a_card_without_a_driver_has_its_name_and_table_row(tmp_path: Path) -> None:
    ids = tmp_path / "pci.ids"
    ids.write_text(IDS)
    for card, vendor, device in (
        ("card0", "0x10de", "0x2684"),
        ("card1", "0x1002", "0x2684"),
        ("card2", "0x10de", "0x1"),
    ):
        folder = tmp_path / card / "device"
        folder.mkdir(parents=True)
        (folder / "vendor").write_text(vendor + "\n")
        (folder / "device").write_text(device + "\n")
    (tmp_path / "card0-DP-1").mkdir()
    known, unknown = pci_cards(0x10DE, tmp_path, [tmp_path / "missing", ids])
    assert (known.pci_id, known.name, known.accelerator) == ("10de:2684", "GeForce RTX 4090", "RTX 4090")
    assert (unknown.pci_id, unknown.name, unknown.accelerator) == ("10de:0001", "", None)
    assert pci_cards(0x10DE, tmp_path / "nowhere") == []


def test_that_names_are_those_of_the_maker(tmp_path: Path) -> None:
    ids = tmp_path / "pci.ids"
    ids.write_text(IDS)
    assert device_name(ids, 0x10DE, 0x9999) == "Unnamed chip"
    assert device_name(ids, 0x10DE, 0x2685) == ""
    assert device_name(ids, 0x8086, 0x2684) == ""
