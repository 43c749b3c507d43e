"""An edit reaches new calls, a broken one never does, and nothing is told twice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ivr.flow import FlowRefused, FlowStore, Loaded, load, store
from ivr.flow.reading import source
from tests.flow import small


def settle(kept: FlowStore) -> store.Reload | None:
    """Two looks in a row, as the caller's timer makes them."""
    return kept.poll() or kept.poll()


def test_there_must_be_a_good_revision_to_begin_with(tmp_path: Path) -> None:
    with pytest.raises(FlowRefused):
        FlowStore(tmp_path)


def test_nothing_changed_costs_no_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = FlowStore(small.write(tmp_path))
    monkeypatch.setattr(store, "load", lambda _: pytest.fail("read again"))
    assert [kept.poll() for _ in range(5)] == [None] * 5


def test_a_good_edit_is_served_after_the_second_look(tmp_path: Path) -> None:
    kept = FlowStore(small.write(tmp_path))
    before = kept.current
    small.edit(tmp_path, "prompts.yaml", "开户请带身份证。", "开户请带身份证和手机。")
    assert kept.poll() is None
    reload = kept.poll()
    assert reload is not None
    assert reload.flow is kept.current
    assert kept.current.prompts["opening_info"].texts["zh"] == "开户请带身份证和手机。"
    assert before.prompts["opening_info"].texts["zh"] == "开户请带身份证。"  # calls in progress keep theirs
    assert kept.poll() is None


def test_a_file_still_being_written_is_left_alone(tmp_path: Path) -> None:
    kept = FlowStore(small.write(tmp_path))
    good = kept.current
    text = small.HOTLINE.replace("示例银行", "新的银行")
    for length in range(50, len(text), 300):
        (tmp_path / "hotline.yaml").write_text(text[:length], encoding="utf-8")
        assert kept.poll() is None
        assert kept.current is good
    (tmp_path / "hotline.yaml").write_text(text, encoding="utf-8")
    reload = settle(kept)
    assert reload is not None
    assert kept.current.bank == "新的银行"


def test_an_operator_need_not_wait(tmp_path: Path) -> None:
    kept = FlowStore(small.write(tmp_path))
    small.edit(tmp_path, "hotline.yaml", "示例银行", "新的银行")
    reload = kept.poll(settled=True)
    assert reload is not None
    assert reload.flow is not None


def test_a_broken_edit_is_told_once_and_not_served(tmp_path: Path) -> None:
    kept = FlowStore(small.write(tmp_path))
    good = kept.current
    small.edit(tmp_path, "hotline.yaml", "menu: accounts}", "menu: acounts}")
    reload = settle(kept)
    assert reload is not None
    assert reload.flow is None
    assert [finding.code for finding in reload.findings] == ["F015"]
    assert kept.current is good
    os.utime(tmp_path / "hotline.yaml")
    assert [kept.poll() for _ in range(4)] == [None] * 4
    small.edit(tmp_path, "hotline.yaml", "menu: acounts}", "menu: accounts}")
    assert settle(kept) is None  # mended: the revision that was served all the time
    assert kept.current is good
    small.edit(tmp_path, "hotline.yaml", "menu: accounts}", "menu: acounts}")
    assert settle(kept) is not None  # and broken again


def test_a_touched_file_is_no_news(tmp_path: Path) -> None:
    kept = FlowStore(small.write(tmp_path))
    os.utime(tmp_path / "hours.yaml", (1, 1))
    assert settle(kept) is None


def test_a_folder_that_vanishes_does_not_end_the_service(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "flows")
    kept = FlowStore(folder)
    good = kept.current
    shutil.rmtree(folder)
    reload = settle(kept)
    assert reload is not None
    assert [finding.code for finding in reload.findings] == ["F001"]
    assert settle(kept) is None
    small.write(folder)
    small.edit(folder, "hotline.yaml", "示例银行", "新的银行")
    assert settle(kept) is not None
    assert kept.current is not good


def test_a_file_replaced_by_another_of_equal_size_and_time_is_seen(tmp_path: Path) -> None:
    kept = FlowStore(small.write(tmp_path))
    path = tmp_path / "prompts.yaml"
    times = path.stat()
    new = tmp_path / "prompts.new"
    new.write_text(small.PROMPTS.replace("开户请带身份证。", "开户请带手机号。"), encoding="utf-8")
    os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))
    new.replace(path)
    assert settle(kept) is not None


def test_written_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = FlowStore(small.write(tmp_path))
    small.edit(tmp_path, "hotline.yaml", "示例银行", "新的银行")
    assert kept.poll() is None

    def disturbed(folder: Path) -> Loaded:
        loaded = load(folder)
        small.edit(folder, "hotline.yaml", "新的银行", "更新银行")
        return loaded

    with monkeypatch.context() as patch:
        patch.setattr(store, "load", disturbed)
        assert kept.poll() is None
    assert kept.current.bank == "示例银行"
    assert settle(kept) is not None
    assert kept.current.bank == "更新银行"


def test_a_signature_is_of_the_yaml_files(tmp_path: Path) -> None:
    small.write(tmp_path)
    first = source.signature(tmp_path)
    assert [name for name, *_ in first] == sorted(small.FILES)
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    assert source.signature(tmp_path) == first
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    assert source.signature(tmp_path) != first
    assert source.signature(tmp_path / "nowhere") == ()
