"""Commands of operations: what they print, how they end, and that a restored installation serves."""

from __future__ import annotations

import json

from tests.api.test_cli import installed, parvaneh

__all__ = ["installed", "parvaneh"]


def test_the_doctor_of_a_new_installation_has_nothing_to_mend(installed):
    done = installed("doctor")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert {line.split()[0] for line in lines if not line.split()[1].startswith("disk")} == {"OK"}, done.output
    assert len(lines) > 15


def test_the_doctor_says_how_to_mend_and_ends_with_1(installed, tmp_path):
    (tmp_path / "var" / "keys" / "code.secret").unlink()
    done = installed("doctor")
    assert done.exit_code == 1
    [line] = [line for line in done.output.splitlines() if line.startswith("FAIL")]
    assert " -> " in line
    told = installed("doctor", "--json", "--sample", "5", "--contents")
    assert told.exit_code == 1
    answer = json.loads(told.output)
    assert answer["well"] is False
    assert [one["check"] for one in answer["findings"] if one["level"] == "FAIL"] == ["keys"]
    assert all(set(one) == {"check", "level", "what", "mend"} for one in answer["findings"])


def test_where_nothing_is_installed_the_doctor_fails_and_makes_nothing(parvaneh, tmp_path):
    done = parvaneh("doctor")
    assert done.exit_code == 1
    assert "FAIL  database: there is no file" in done.output
    assert not (tmp_path / "var").exists()


def test_a_backup_is_restored_elsewhere_and_never_over_what_is_there(installed, tmp_path, monkeypatch):
    installed("token", "create", "head", "--label", "register")
    done = installed("backup", str(tmp_path / "one.tar"))
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "one.tar") in done.output
    again = installed("backup", str(tmp_path / "one.tar"))
    assert again.exit_code == 1
    assert again.output == (f"Error: No backup was made: {tmp_path / 'one.tar'} exists. "
                            f"پشتیبان گرفته نشد: {tmp_path / 'one.tar'} وجود دارد.\n")
    refused = installed("restore", str(tmp_path / "one.tar"))
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: There is an installation here already (keys in ")
    assert len(refused.output.splitlines()) == 1
    monkeypatch.setenv("PARVANEH_VAR", str(tmp_path / "elsewhere"))
    restored = installed("restore", str(tmp_path / "one.tar"))
    assert restored.exit_code == 0, restored.output
    assert restored.output.startswith("Restored the backup of ")
    assert "OK    schema" in restored.output
    assert "valid    register" in installed("token", "list", "head").output
    (tmp_path / "elsewhere" / "mark").write_text("")
    forced = installed("restore", str(tmp_path / "one.tar"), "--force")
    assert forced.exit_code == 0, forced.output


def test_a_folder_gets_a_backup_named_by_the_time(installed, tmp_path):
    (tmp_path / "backups").mkdir()
    assert installed("backup", str(tmp_path / "backups")).exit_code == 0
    [made] = (tmp_path / "backups").iterdir()
    assert made.name.startswith("parvaneh-20")
    assert made.suffix == ".tar"


def test_nothing_to_back_up_is_one_sentence(parvaneh, tmp_path):
    done = parvaneh("backup", str(tmp_path / "x.tar"))
    assert done.exit_code == 1
    assert len(done.output.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) in ([], ["var"])


def test_a_file_that_is_no_backup_is_one_sentence(parvaneh, tmp_path):
    (tmp_path / "x.tar").write_text("not a tar")
    done = parvaneh("restore", str(tmp_path / "x.tar"))
    assert done.exit_code == 1
    assert done.output.startswith("Error: This backup cannot be restored here: it is damaged")
    assert len(done.output.strip().splitlines()) == 1
