"""The official files: what is taken from them to the cent and the day, and how bad ones are refused."""

import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Place, now, run
from egide import db
from egide.core.money import Money
from egide.nomenclature import (
    BilledLine,
    CurrentNomenclature,
    UnpriceableError,
    load_nomenclature,
    publish_acts,
)
from egide.nomenclature.official import (
    Grids,
    OfficialFileError,
    Taken,
    read_bdpm,
    read_ccam,
    read_lpp,
    read_nabm,
    read_table,
)
from nomenclature.builders import write_dbf

OLD, NEW = date(2019, 4, 1), date(2025, 1, 1)


def tariffs(taken: Taken, code: str) -> list[tuple[object, ...]]:
    entry = next(one for one in taken.entries if one.code == code)
    return [(one.since, one.until, one.base_cents, one.limit_cents) for one in entry.tariffs]


def write_ccam(folder: Path, *, grids: tuple[int, ...] = (3, 4)) -> Path:
    write_dbf(
        folder / "R_ACTE.dbf",
        [("COD_ACTE", "C", 13, 0), ("NOM_COURT", "C", 70, 0), ("DT_FIN", "D", 8, 0)],
        [
            ("HBLD038", "Pose d'une couronne métallique", None),
            ("HHFA001", "Appendicectomie", None),
            ("HBGD036", "Avulsion d'une dent permanente", None),
            ("ZZZZ001", "Acte supprimé", date(2021, 12, 31)),
            ("YYYY001", "Acte sans famille", None),
        ],
    )
    write_dbf(
        folder / "R_ACTE_IVITE.dbf",
        [
            ("COD_AA", "C", 14, 0),
            ("ACTE_COD", "C", 13, 0),
            ("ACTIV_COD", "C", 1, 0),
            ("REGROU_COD", "C", 3, 0),
        ],
        [
            ("HBLD0381", "HBLD038", "1", "CM0"),
            ("HHFA0011", "HHFA001", "1", "ADC"),
            ("HHFA0014", "HHFA001", "4", "ADA"),
            ("HBGD0361", "HBGD036", "1", "ADC"),
            ("ZZZZ0011", "ZZZZ001", "1", "ATM"),
            ("YYYY0011", "YYYY001", "1", "XXX"),
        ],
    )
    write_dbf(
        folder / "R_ACTE_IVITE_PHASE.dbf",
        [("COD_AAP", "C", 16, 0), ("DT_MODIF", "D", 8, 0), ("AA_COD", "C", 14, 0), ("PHASE_COD", "N", 2, 0), ("PU_BASE", "N", 8, 2)],
        [
            (f"{code}0", OLD, code, 0, Decimal("107.50"))
            for code in ("HBLD0381", "HHFA0011", "HHFA0014", "HBGD0361", "ZZZZ0011", "YYYY0011")
        ],
    )  # fmt: skip
    prices = [
        (f"{code}0", grid, Decimal(price) + grid, day)
        for code, day, price in (
            ("HHFA0011", OLD, "200.10"),
            ("HHFA0011", NEW, "220.10"),
            ("HHFA0014", OLD, "90.00"),
            ("ZZZZ0011", OLD, "50.00"),
        )
        for grid in grids
    ]
    write_dbf(
        folder / "R_PU_BASE.dbf",
        [("AAP_COD", "C", 16, 0), ("GRILLE_COD", "N", 3, 0), ("PU_BASE", "N", 8, 2), ("APDT_MODIF", "D", 8, 0)],
        prices,
    )  # fmt: skip
    write_dbf(
        folder / "R_TB23.dbf",
        [("COD_GRILLE", "N", 3, 0), ("LIBELLE", "C", 40, 0)],
        [(grid, f"Grille numéro {grid}") for grid in grids],
    )
    return folder


class TestCcam:
    def test_each_grid_has_its_prices_and_days(self, tmp_path: Path) -> None:
        taken = read_ccam([write_ccam(tmp_path)], Grids(3, 4))
        entry = next(one for one in taken.entries if one.code == "HHFA001")
        assert [(one.since, one.until, one.base_cents, one.not_optam_cents) for one in entry.tariffs] == [
            (OLD, NEW, 20310, 20410),
            (NEW, None, 22310, 22410),
        ]  # fmt: skip
        assert entry.label == "Appendicectomie"

    def test_an_act_outside_the_grids_keeps_its_own_price(self, tmp_path: Path) -> None:
        taken = read_ccam([write_ccam(tmp_path)], Grids(3))
        assert tariffs(taken, "HBLD038") == [(OLD, None, 10750, None)]

    def test_other_activities_follow_the_code(self, tmp_path: Path) -> None:
        taken = read_ccam([write_ccam(tmp_path)], Grids(3))
        assert tariffs(taken, "HHFA001-4") == [(OLD, None, 9300, None)]

    def test_the_surgery_of_teeth_is_dental(self, tmp_path: Path) -> None:
        taken = read_ccam([write_ccam(tmp_path)], Grids(3))
        families = {one.code: one.kind.family for one in taken.entries}
        assert families["HBGD036"] == "chirurgie-dentaire"
        assert families["HHFA001"] == "acte-chirurgie"

    def test_an_ended_act_has_no_tariff_after_its_last_day(self, tmp_path: Path) -> None:
        taken = read_ccam([write_ccam(tmp_path)], Grids(3))
        assert tariffs(taken, "ZZZZ001") == [(OLD, date(2022, 1, 1), 5300, None)]

    def test_what_has_no_family_is_left_out_with_the_reason(self, tmp_path: Path) -> None:
        taken = read_ccam([write_ccam(tmp_path)], Grids(3))
        assert [(one.place, one.reason) for one in taken.left_out] == [
            ("YYYY001", "code de regroupement « XXX » sans famille")
        ]

    def test_a_choice_of_grids_is_asked_with_their_names(self, tmp_path: Path) -> None:
        with pytest.raises(OfficialFileError) as refused:
            read_ccam([write_ccam(tmp_path)], Grids())
        assert "3 (Grille numéro 3); 4 (Grille numéro 4)" in refused.value.remedy

    def test_a_grid_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(OfficialFileError):
            read_ccam([write_ccam(tmp_path)], Grids(3, 9))

    def test_zip_files_serve_as_a_folder_does(self, tmp_path: Path) -> None:
        write_ccam(tmp_path, grids=(1,))
        archive = tmp_path / "CCAM.zip"
        with ZipFile(archive, "w") as zipped:
            for file in tmp_path.glob("*.dbf"):
                zipped.write(file, f"dossier/{file.name}")
        assert len(read_ccam([archive], Grids()).entries) == 5


def write_lpp(folder: Path) -> Path:
    write_dbf(
        folder / "lpp_fiche_tot901.dbf",
        [("CODE_TIPS", "C", 7, 0), ("NOM_COURT", "C", 80, 0), ("DATE_FIN", "D", 8, 0)],
        [
            ("2392530", "AUDIO CLASSE II, > 20 ANS, DROITE", None),
            ("2351057", "AUDIO CLASSE I, > 20 ANS, DROITE", None),
            ("1100028", "SANS HISTORIQUE", None),
            ("2000001", "REGROUPEMENT INCONNU", None),
        ],
    )
    write_dbf(
        folder / "lpp_histo_tot901.dbf",
        [("CODE_TIPS", "C", 7, 0), ("DEBUTVALID", "D", 8, 0), ("FINHISTO", "D", 8, 0), ("NAT_PREST", "C", 3, 0), ("TARIF", "N", 10, 2), ("PUREGLEMEN", "N", 10, 2)],
        [
            ("2392530", date(2020, 1, 1), date(2020, 12, 31), "PAU", Decimal("350.00"), Decimal(0)),
            ("2392530", date(2021, 1, 1), None, "PAU", Decimal("400.00"), Decimal(0)),
            ("2351057", date(2021, 1, 1), None, "PAZ", Decimal("400.00"), Decimal("950.00")),
            ("2000001", date(2021, 1, 1), None, "ZZZ", Decimal("1.00"), None),
        ],
    )  # fmt: skip
    return folder


class TestLpp:
    def test_bases_limits_and_days(self, tmp_path: Path) -> None:
        taken = read_lpp([write_lpp(tmp_path)])
        assert tariffs(taken, "2392530") == [
            (date(2020, 1, 1), date(2021, 1, 1), 35000, None),
            (date(2021, 1, 1), None, 40000, None),
        ]
        assert tariffs(taken, "2351057") == [(date(2021, 1, 1), None, 40000, 95000)]

    def test_what_cannot_be_priced_is_left_out(self, tmp_path: Path) -> None:
        taken = read_lpp([write_lpp(tmp_path)])
        assert dict(taken.reasons) == {
            "sans tarif daté": 1,
            "code de regroupement « ZZZ » sans famille": 1,
        }

    def test_a_missing_table_is_named(self, tmp_path: Path) -> None:
        write_lpp(tmp_path)
        (tmp_path / "lpp_histo_tot901.dbf").unlink()
        with pytest.raises(OfficialFileError, match="LPP_HISTO_TOT"):
            read_lpp([tmp_path])

    def test_a_cut_table_is_refused(self, tmp_path: Path) -> None:
        file = write_lpp(tmp_path) / "lpp_histo_tot901.dbf"
        file.write_bytes(file.read_bytes()[:40])
        with pytest.raises(OfficialFileError, match="dBase"):
            read_lpp([tmp_path])

    def test_a_missing_column_is_named(self, tmp_path: Path) -> None:
        write_lpp(tmp_path)
        write_dbf(tmp_path / "lpp_histo_tot901.dbf", [("CODE_TIPS", "C", 7, 0)], [("2392530",)])
        with pytest.raises(OfficialFileError, match="DEBUTVALID, TARIF, NAT_PREST"):
            read_lpp([tmp_path])

    @pytest.mark.parametrize("price", ["-1", "1e9", "NaN"])
    def test_a_tariff_that_cannot_be_is_refused_or_none(
        self, tmp_path: Path, price: str
    ) -> None:
        file = write_lpp(tmp_path) / "lpp_histo_tot901.dbf"
        data = file.read_bytes()
        assert b"   400.00" in data
        file.write_bytes(data.replace(b"   400.00", price.encode().rjust(9)))
        if price == "-1":
            with pytest.raises(OfficialFileError, match="n'est pas possible"):
                read_lpp([tmp_path])
        else:  # no number: no amount, as in an empty cell
            assert 40_000 not in {one[2] for one in tariffs(read_lpp([tmp_path]), "2392530")}

    def test_a_table_that_lies_on_the_length_of_its_rows_is_refused(
        self, tmp_path: Path
    ) -> None:
        file = write_lpp(tmp_path) / "lpp_histo_tot901.dbf"
        data = bytearray(file.read_bytes())
        data[10:12] = b"\0\0"
        file.write_bytes(bytes(data))
        with pytest.raises(OfficialFileError, match="dBase"):
            read_lpp([tmp_path])

    def test_the_last_of_days_is_no_end(self, tmp_path: Path) -> None:
        file = write_lpp(tmp_path) / "lpp_fiche_tot901.dbf"
        write_dbf(
            file,
            [("CODE_TIPS", "C", 7, 0), ("NOM_COURT", "C", 80, 0), ("DATE_FIN", "D", 8, 0)],
            [("2392530", "Aide auditive", date(9999, 12, 31))],
        )
        assert tariffs(read_lpp([tmp_path]), "2392530")[-1][1] is None

    def test_zip_files_that_unfold_to_too_much_or_are_broken_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "tables"
        folder.mkdir()
        files = sorted(write_lpp(folder).iterdir())
        archives: list[Path] = []
        for number, file in enumerate(files):
            archives.append(tmp_path / f"{number}.zip")
            with ZipFile(archives[-1], "w", compression=8) as archive:
                archive.write(file, file.name)
        assert read_lpp(archives).entries
        most = max(file.stat().st_size for file in files)
        monkeypatch.setattr("egide.nomenclature.official.dbase._MOST_BYTES", most)
        with pytest.raises(OfficialFileError, match="2 Go"):
            read_lpp(archives)
        data = bytearray(archives[0].read_bytes())
        data[60:80] = bytes(20)
        archives[0].write_bytes(bytes(data))
        with pytest.raises(OfficialFileError, match="ZIP"):
            read_lpp(archives[:1])

    @given(st.binary(max_size=400))
    def test_no_bytes_end_otherwise_than_in_a_refusal(self, data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            write_lpp(Path(folder))
            (Path(folder) / "lpp_histo_tot901.dbf").write_bytes(data)
            with pytest.raises(OfficialFileError):
                read_lpp([Path(folder)])


def test_the_nabm_follows_the_coefficient_and_the_letter(tmp_path: Path) -> None:
    write_dbf(
        tmp_path / "NABM_FICHE_TOT105.dbf",
        [("CODE_NABM", "C", 4, 0), ("NOM_COURT", "C", 60, 0), ("DATE_FIN", "D", 8, 0)],
        [("1104", "Hémogramme", None), ("552", "Glycémie", None), ("9999", "Autre", None)],
    )
    write_dbf(
        tmp_path / "NABM_HISTO_TOT105.dbf",
        [("CODE_NABM", "C", 4, 0), ("DATE_EFFET", "D", 8, 0), ("LC1", "C", 3, 0), ("COEF1", "N", 8, 2)],
        [
            ("1104", date(2011, 1, 1), "B", Decimal(30)),
            ("1104", date(2020, 6, 1), "B", Decimal(26)),
            ("552", date(2019, 1, 1), "B", Decimal(5)),
            ("9999", date(2019, 1, 1), "KB", Decimal(5)),
        ],
    )  # fmt: skip
    taken = read_nabm([tmp_path])
    assert tariffs(taken, "1104") == [
        (date(2018, 1, 1), date(2020, 6, 1), 810, None),
        (date(2020, 6, 1), date(2024, 1, 15), 702, None),
        (date(2024, 1, 15), None, 650, None),
    ]
    assert tariffs(taken, "0552")[0] == (date(2019, 1, 1), date(2024, 1, 15), 135, None)
    assert [one.place for one in taken.left_out] == ["9999"]


CIP = "3400949497294"


def drug(*, code: str = CIP, rate: str = "65%", price: str = "24,34") -> bytes:
    cells = ["60002283", "4949729", "plaquette de 30 comprimés", "Présentation active", "Déclaration", "16/03/2011", code, "oui", rate, price, "25,36", "1,02", ""]  # fmt: skip
    return "\t".join(cells).encode("cp1252") + b"\r\n"


class TestBdpm:
    def test_price_and_rate(self) -> None:
        taken = read_bdpm([drug(price="1,234,56"), b"\r\n"], since=NEW)
        assert tariffs(taken, CIP) == [(NEW, None, 123456, 123456)]
        assert taken.entries[0].kind.family == "medicament-65"
        assert taken.entries[0].professions == {"pharmacy", "hospital"}

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (drug(code="3400949497295"), "clé"),
            (drug(rate=""), "non remboursé"),
            (drug(rate="65%;100%"), "indication"),
            (drug(rate="42%"), "indication, ou n'est pas connu"),
            (drug(price=""), "sans prix"),
        ],
    )
    def test_what_is_left_out(self, line: bytes, reason: str) -> None:
        taken = read_bdpm([line], since=NEW)
        assert not taken.entries
        assert reason in taken.left_out[0].reason

    def test_another_file_is_refused(self) -> None:
        with pytest.raises(OfficialFileError):
            read_bdpm([b"code;libelle\n"], since=NEW)


HEAD = "systeme;code;libelle;famille;base;hors_optam;limite;du;au;source"
GOOD = "ngap;VG;Visite;consultation-generaliste;40,00;35,00;;2026-01-01;;arrêté d'essai"


class TestTable:
    def test_a_line_is_a_tariff(self) -> None:
        taken = read_table([HEAD, GOOD, GOOD.replace("40,00", "25").replace("2026-01-01;", "2020-01-01;2025-06-30")])  # fmt: skip
        assert tariffs(taken, "VG") == [
            (date(2020, 1, 1), date(2025, 7, 1), 2500, None),
            (date(2026, 1, 1), None, 4000, None),
        ]
        assert taken.entries[0].tariffs[1].not_optam_cents == 3500

    @pytest.mark.parametrize(
        ("line", "place"),
        [
            (GOOD.replace("consultation-generaliste", "visite"), "ligne 2, famille"),
            (GOOD.replace("40,00", "40,001"), "ligne 2, base"),
            (GOOD.replace("40,00", "-1"), "ligne 2, base"),
            (GOOD.replace("40,00", ""), "ligne 2, base"),
            (GOOD.replace("40,00", "NaN"), "ligne 2, base"),
            (GOOD.replace("40,00", "1e999998"), "ligne 2, base"),
            (GOOD.replace("40,00", "100000001"), "ligne 2, base"),
            (GOOD + ";x" * 9, "ligne 2"),
            (GOOD.replace("VG", "V" * 200_000), "ligne"),
            (GOOD.replace("35,00", "x"), "ligne 2, hors_optam"),
            (GOOD.replace("2026-01-01", "01/01/2026"), "ligne 2, du"),
            (GOOD.replace("2026-01-01;", "2026-01-01;2025-01-01"), "ligne 2, au"),
            (GOOD.replace("VG", ""), "ligne 2, code"),
            (GOOD.replace(";arrêté d'essai", ";"), "ligne 2, source"),
            (GOOD + "\n" + GOOD, "ligne 3, du"),
            (
                GOOD
                + "\n"
                + GOOD.replace("generaliste", "specialiste").replace("26-01", "27-01"),
                "ligne 3, famille",
            ),
        ],
    )
    def test_a_mistake_names_line_and_column(self, line: str, place: str) -> None:
        with pytest.raises(OfficialFileError) as refused:
            read_table([HEAD, *line.split("\n")])
        assert str(refused.value).startswith(place)
        assert refused.value.remedy

    def test_a_column_stands_once(self) -> None:
        with pytest.raises(OfficialFileError, match="une fois"):
            read_table([HEAD + ";base", GOOD + ";1"])

    def test_an_unknown_column_is_named(self) -> None:
        with pytest.raises(OfficialFileError, match="couleur"):
            read_table([HEAD + ";couleur", GOOD + ";bleu"])


def billed(code: str, day: date) -> BilledLine:
    return BilledLine(system="ngap", code=code, care_on=day, quantity=1, expense=Money(5000))


def test_an_imported_act_replaces_the_shipped_one(place: Place) -> None:
    text = GOOD.replace("VG", "APC").replace("40,00", "61,00")
    taken = read_table([HEAD, text, GOOD])

    async def work() -> CurrentNomenclature:
        acts = CurrentNomenclature()
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await publish_acts(tx, taken.entries, source="essai", now=now())
            await publish_acts(tx, taken.entries, source="essai, encore", now=now())
        async with place.store.pool("app") as pool, db.statement(pool) as tx:
            await acts.refresh(tx)
        return acts

    acts = run(work())
    day = date(2026, 3, 1)
    act = acts.nomenclature.act(billed("APC", day), age=40)
    assert act.base_cents == 6100
    assert act.tariff_source == "arrêté d'essai"
    assert load_nomenclature().act(billed("APC", day), age=40).base_cents == 6000
    assert acts.nomenclature.may_bill("doctor", "ngap", "VG")
    with pytest.raises(UnpriceableError, match="2026-01-01"):
        acts.nomenclature.act(billed("VG", date(2026, 1, 1) - timedelta(days=1)), age=40)
