"""`ivr backup`, `ivr restore`, `ivr privacy keys|new-key|rotate-keys`: what operators type and are told."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.encryption import files
from ivr.encryption.keys import Key, KeyRing, new_key
from ivr.errors import NodeError
from ivr.records.audit.witness import Witness
from ivr.records.backup.kept_files import RESTORING
from ivr.records.days import moment
from ivr.report.definitions import open_store
from ivr.serve.restoring import refuse_unfinished
from ivr.serve.single_instance import single_instance
from ivr.settings import Encryption, Settings
from tests.cli.conftest import Desk
from tests.cli.labelled import a_call, spoken, store_of


@pytest.fixture
def served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A hotline with calls, a recording and a file of keys that the settings name."""
    monkeypatch.setenv("IVR_ENCRYPTION_KEY_FILE", str(desk.folder / "hotline.keys"))
    key = desk.ivr("privacy", "new-key").stdout.strip()
    (desk.folder / "hotline.keys").write_text(key)
    (desk.folder / "hotline.keys").chmod(0o600)
    spoken(desk)
    recording = desk.folder / "run" / "asterisk" / "recordings" / "n1-1-1001.wav"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"RIFF")
    files.seal(recording, Key.of(key))
    return desk


def elsewhere(desk: Desk, *words: str) -> str:
    """The same on another machine, which has the keys and nothing else."""
    other = {f"IVR_{name.upper()}": str(desk.folder / "other" / name) for name in ("state", "flows", "prompts")}
    done = desk.ivr(*words, **other)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_backup_becomes_another_machine(served: Desk) -> None:
    told = served.ivr("backup", "backups", "--keep", "3")
    assert told.exit_code == 0 and "已校验" in told.stdout
    (made,) = (served.folder / "backups").iterdir()
    assert str(Path("backups") / made.name) in told.stdout
    assert "已核对" in elsewhere(served, "restore", "backups", "--reason", "换机器")
    listed = served.ivr("records", "list", "--limit", "100").stdout
    assert elsewhere(served, "records", "list", "--limit", "100") == listed and "n1-1" in listed
    heard = elsewhere(served, "records", "listen", "n1-1").strip()
    assert Path(heard).read_bytes() == b"RIFF" and "other" in heard
    with closing(open_store(f"sqlite:///{served.folder / 'other' / 'state' / 'ivr.sqlite'}")) as store:
        entry = next(kept.entry for kept in store.audit.list(action="backup.restore"))
        assert entry.reason == "换机器" and entry.person.startswith("os:")
        assert store.audit.list(action="backup.make"), "the trail came along"
        assert store.audit.verify(Witness(served.folder / "other" / "state").read()) == ()


def test_what_is_refused_is_told_in_a_line_and_nothing_is_changed(served: Desk) -> None:
    served.ivr("backup", "backups")
    assert "已有" in served.refused("restore", "backups")
    assert "没有备份" in served.refused("restore", "flows", IVR_STATE="empty")
    (made,) = (served.folder / "backups").iterdir()
    made.write_bytes(made.read_bytes()[:-10])
    assert "不完整" in served.refused("restore", "backups", IVR_STATE="empty")
    assert "没有配置密钥" in served.refused("backup", "backups", IVR_ENCRYPTION_KEY_FILE="")


def test_no_backup_is_restored_where_a_node_runs(served: Desk) -> None:
    served.ivr("backup", "backups")
    state = served.folder / "empty"
    with single_instance(state):
        assert "热线已在运行" in served.refused("restore", "backups", IVR_STATE=str(state))


def test_no_node_serves_with_half_of_a_backup(tmp_path: Path) -> None:
    settings = replace(Settings(), state=tmp_path)
    refuse_unfinished(settings)
    (tmp_path / RESTORING).mkdir()
    with pytest.raises(NodeError, match="不完整"):
        refuse_unfinished(settings)


def test_keys_are_changed_by_one_command_and_listed_by_name(served: Desk) -> None:
    ring = KeyRing(Encryption(key_file=str(served.folder / "hotline.keys")))
    old = ring.keys[0].name
    lost = Key.of(new_key())
    path = served.folder / "run" / "asterisk" / "recordings" / "n1-2-1.wav"
    path.write_bytes(b"RIFF")
    files.seal(path, lost)
    told = served.ivr("privacy", "rotate-keys", "--new-key")
    fresh = ring.keys[0].name
    assert told.exit_code == 1 and f"新密钥 {fresh} 已写入" in told.stdout and "改用当前密钥 1 个" in told.stdout
    assert f"缺少密钥 {lost.name}：1 个" in told.stderr
    listed = served.ivr("privacy", "keys").stdout
    for name, use, count in ((fresh, "加密和解密", 1), (old, "解密", 0), (lost.name, "缺少", 1)):
        assert any(line.split() == [name, use, str(count)] for line in listed.splitlines()), listed
    assert not any(key in listed + told.output for key in (served.folder / "hotline.keys").read_text().split())
    path.unlink()
    assert f"已没有录音使用旧密钥 {old}" in served.ivr("privacy", "rotate-keys").stdout


def test_a_key_in_the_environment_is_not_changed_here(served: Desk) -> None:
    environ = {"IVR_ENCRYPTION_KEY_FILE": "", "IVR_ENCRYPTION_KEYS": new_key()}
    told = served.ivr("privacy", "rotate-keys", "--new-key", **environ)
    assert told.exit_code == 2 and "密钥文件" in told.stderr
    assert "没有配置密钥" in served.ivr("privacy", "keys", IVR_ENCRYPTION_KEY_FILE="").stdout


def test_doctor_tells_whether_recordings_are_encrypted(served: Desk) -> None:
    key = KeyRing(Encryption(key_file=str(served.folder / "hotline.keys"))).keys[0].name
    assert f"✓ 录音加密（密钥 {key}）" in served.ivr("doctor").stdout
    assert "没有配置密钥：录音不加密" in served.ivr("doctor", IVR_ENCRYPTION_KEY_FILE="").stdout
    (served.folder / "hotline.keys").unlink()
    told = served.ivr("doctor").stdout
    assert "✗ 录音加密" in told and "读不了" in told and "自动加密" in told


def test_the_compliance_report_tells_of_encryption_and_backups(served: Desk) -> None:
    day = f"{moment(time.time_ns() // 1_000_000):%Y-%m-%d}"
    words = ("report", "compliance", "--from", day, "--to", day, "--format", "json")

    def told(**environ: str) -> dict[tuple[str, str], tuple[str, str]]:
        judged = json.loads(served.ivr(*words, **environ).stdout)["clauses"]
        return {
            (one["clause"], part["what"]): (part["figure"], part["verdict"])
            for one in judged
            for part in one["evidence"]
            if part["what"] in ("静态加密", "备份")
        }

    key = KeyRing(Encryption(key_file=str(served.folder / "hotline.keys"))).keys[0].name
    before = told()
    assert before["CBA 十三", "静态加密"] == before["HB 4.2.2", "静态加密"]
    assert key in before["CBA 十三", "静态加密"][0] and before["CBA 十三", "静态加密"][1] == "达标"
    assert before["CBA 三十五", "备份"] == ("本期发起备份 0 次", "仅列示")
    served.ivr("backup", "backups")
    assert told()["CBA 三十五", "备份"][1] == "达标" and "1 次" in told()["CBA 三十五", "备份"][0]
    none = told(IVR_ENCRYPTION_KEY_FILE="")["CBA 十三", "静态加密"]
    assert none[1] == "仅列示" and "没有配置密钥" in none[0]
    (served.folder / "hotline.keys").chmod(0o644)
    assert told()["CBA 十三", "静态加密"][1] == "未达标"


def test_a_backup_is_made_by_a_program_of_its_own(served: Desk) -> None:
    """As cron does, while the hotline holds its database."""
    with closing(store_of(served)) as store:
        store.save([a_call(77)])
        done = subprocess.run(
            [sys.executable, "-m", "ivr.cli", "backup", "backups"], cwd=served.folder, capture_output=True, check=False,
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "IVR_ENCRYPTION_KEY_FILE": "hotline.keys"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
