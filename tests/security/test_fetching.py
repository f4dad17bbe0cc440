"""Files that lie elsewhere: an address in a message must lead nowhere but to the channel's own hosts."""

import gzip
import socket

import httpx
import pytest

from motcua.channels import accounts, media, outbound

OPEN = "1.1.1.1"


@pytest.fixture
def net(monkeypatch):
    """The internet of the test: what names lead to, what hosts answer, and who was asked."""

    class Net:
        names = {"b.zdn.vn": [OPEN]}
        asked: list[httpx.Request] = []
        looked: list[str] = []
        answer: httpx.Response | None = None

    net = Net()
    net.asked, net.looked = [], []

    def getaddrinfo(host, port, **more):
        net.looked.append(host)
        if host not in net.names:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in net.names[host]]

    def serve(request):
        net.asked.append(request)
        return net.answer or httpx.Response(200, content=iter([b"ok"]))

    monkeypatch.setattr(media.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(accounts, "find_account", lambda channel: None)
    own = httpx.Client(transport=httpx.MockTransport(serve), follow_redirects=False)
    monkeypatch.setattr(outbound, "client", lambda *, is_stand_in: own)
    return net


def fetch(url: str, channel: str = "ZALO") -> bytes:
    return media.fetch(url, channel=channel)


class TestHosts:
    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/a", "https://zdn.vn.evil.example/a", "https://evilzdn.vn/a", "https://b.zdn.vn@evil.example/a",
            "https://b.zdn.vn:pass@evil.example/", "https://@b.zdn.vn/a", "https://b.zdn.vn:8443/a", "https://b.zdn.vn:22/",
            "file:///etc/passwd", "ftp://b.zdn.vn/a", "gopher://b.zdn.vn/", "data:text/html,x", "//b.zdn.vn/a", "b.zdn.vn/a", "",
            "https://evil.example\\.zdn.vn/", "https://evil.example\\@b.zdn.vn/", "https://evil.example%2f.zdn.vn/",
            "https://b.zdn.vn.\u3002/", "https://\uff42.zdn.vn/", "https://b.zdn.vn\t.evil.example/",
            "http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
            "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://localhost/", "http://169.254.169.254/",
            "https://b.zdn.vn]/", "https://[b.zdn.vn/",
        ],
    )  # fmt: skip
    def test_none_but_the_channels_own(self, net, url):
        with pytest.raises(media.NotAllowed):
            fetch(url)
        assert net.asked == []

    def test_each_channel_has_its_own(self, net):
        with pytest.raises(media.NotAllowed):
            fetch("https://b.zdn.vn/a", "MESSENGER")
        with pytest.raises(media.NotAllowed):
            fetch("https://x.fbcdn.net/a", "ZALO")

    def test_a_channel_without_hosts_fetches_nothing(self, net):
        with pytest.raises(media.NotAllowed):
            fetch("https://b.zdn.vn/a", "WEBCHAT")


class TestAddresses:
    @pytest.mark.parametrize(
        "number",
        [
            "127.0.0.1", "10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
            "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
            "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:101::1",
            "2001:db8::1", "ff02::1", "2001:0:7f00:1::80ff:fffe", "fec0::1", "rubbish",
        ],
    )  # fmt: skip
    def test_nothing_inside_in_whatever_form(self, net, number):
        net.names["b.zdn.vn"] = [number]

        with pytest.raises(media.NotAllowed):
            fetch("https://b.zdn.vn/a")
        assert net.asked == []

    def test_one_address_inside_among_open_ones_is_enough(self, net):
        net.names["b.zdn.vn"] = [OPEN, "10.0.0.5"]

        with pytest.raises(media.NotAllowed):
            fetch("https://b.zdn.vn/a")

    @pytest.mark.parametrize(
        "number", ["1.1.1.1", "203.162.0.11", "2606:4700:4700::1111", "64:ff9b::101:101"]
    )
    def test_the_open_internet_is_open(self, number):
        assert media.is_outside(number)

    def test_what_was_looked_at_is_what_is_called(self, net):
        """A name that says something else a moment later leads nowhere: it is asked once, and never by the client."""
        assert fetch("http://b.zdn.vn/a/b.jpg?x=1") == b"ok"

        [asked] = net.asked
        assert net.looked == ["b.zdn.vn"]
        assert str(asked.url) == f"https://{OPEN}/a/b.jpg?x=1"
        assert asked.headers["host"] == "b.zdn.vn"
        assert asked.extensions["sni_hostname"] == "b.zdn.vn"


class TestAnswers:
    def test_a_redirect_is_not_followed(self, net):
        net.answer = httpx.Response(302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})

        with pytest.raises(media.NotHad):
            fetch("https://b.zdn.vn/a")
        assert len(net.asked) == 1

    def test_nothing_is_unpacked(self, net):
        """Ten megabytes of nothing pack into ten thousand bytes."""
        net.answer = httpx.Response(
            200, content=gzip.compress(b"\0" * 10_000_000), headers={"Content-Encoding": "gzip"}
        )

        with pytest.raises(media.NotAllowed):
            fetch("https://b.zdn.vn/a")
        assert net.asked[0].headers["accept-encoding"] == "identity"

    def test_too_much_is_put_down_on_the_way(self, net):
        given = []

        def pieces():
            for _ in range(1000):
                given.append(1)
                yield b"x" * 1_000_000

        net.answer = httpx.Response(200, content=pieces())

        with pytest.raises(media.NotAllowed):
            fetch("https://b.zdn.vn/a")
        assert len(given) < 15

    def test_who_drips_is_left(self, net, monkeypatch):
        clock = iter(range(0, 100_000, 20))
        monkeypatch.setattr(media.time, "monotonic", lambda: next(clock))
        net.answer = httpx.Response(200, content=(b"x" for _ in range(1000)))

        with pytest.raises(media.NotHad):
            fetch("https://b.zdn.vn/a")

    @pytest.mark.parametrize("status", [500, 503, 301, 204])
    def test_what_is_no_answer_is_asked_for_again(self, net, status):
        net.answer = httpx.Response(status)

        with pytest.raises(media.NotHad):
            fetch("https://b.zdn.vn/a")


class TestStandIn:
    @pytest.mark.parametrize(
        "path",
        ["/../../metrics", "/files/../../../hooks/zalo", "/%2e%2e/%2e%2e/metrics", "/..%2f..%2fmetrics"],
    )
    def test_ones_own_stand_in_is_no_way_to_the_rest_of_the_house(self, net, monkeypatch, path):
        base = "http://127.0.0.1:8001/sandbox/zalo"
        own = accounts.Account("HANOI", base, "", {}, "", host="hanoi.localhost")
        monkeypatch.setattr(accounts, "find_account", lambda channel: own)

        with pytest.raises(media.NotAllowed):
            fetch(base + path)
        assert fetch(f"{base}/files/abc?x=1") == b"ok"
