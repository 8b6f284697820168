import pytest

from lookup.addresses import local


@pytest.mark.parametrize(
    "address", ["127.0.0.1:0", "127.8.9.1:7443", "[::1]:7443", "localhost:1", "unix:/tmp/s"]
)
def test_this_host_is_accepted(address):
    assert local(address) == address


@pytest.mark.parametrize(
    "address", ["0.0.0.0:7443", "[::]:7443", "10.0.0.1:1", "gateway.example:443", "192.168.1.1:1"]
)
def test_every_other_host_is_refused(address):
    with pytest.raises(ValueError, match="plain text"):
        local(address)


@pytest.mark.parametrize("address", ["", "unix:", "7443", "127.0.0.1", "127.0.0.1:99999", "a:b:c"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="HOST:PORT"):
        local(address)
