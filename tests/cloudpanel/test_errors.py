"""Whatever cannot be served is answered by a page of the panel's own: right status, a sentence, no detail."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cloudpanel.operation.logs import RouteNotAddress

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.cloudpanel.failing_urls")]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def assert_page(response, status: int) -> str:
    assert response.status_code == status
    text = response.content.decode()
    assert "<html" in text
    assert "<h1" in text
    assert "Traceback" not in text
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    return text


@pytest.mark.parametrize(
    ("how", "status"), [("suspicious", 400), ("forbidden", 403), ("missing", 404), ("broken", 500), ("lost", 503)]
)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_failing_view_gets_a_page(client, how, status, language):
    text = assert_page(client.get(f"/fail/{how}/", headers={"accept-language": language}), status)
    assert f'lang="{language}"' in text
    assert "Cloud Panel" in text
    assert "hunter-two" not in text
    assert "contract 3" not in text


def test_o16_a_page_that_may_soon_work_again_says_when_to_try(client):
    assert client.get("/fail/lost/")["Retry-After"] == "30"
    assert "Retry-After" not in client.get("/fail/broken/")


def test_a_refusal_says_why(client):
    assert "Only the account owner can do this." in client.get("/fail/forbidden/").content.decode()


def test_an_unknown_address_is_not_found(client):
    assert_page(client.get("/nothing/here/"), 404)


def test_a_foreign_host_is_a_bad_request_that_leads_to_the_panels_own(client, settings):
    text = assert_page(client.get("/login/", headers={"host": "evil.example.org"}), 400)
    assert f'href="{settings.PUBLIC_URL}/"' in text
    assert "evil" not in text
    assert "To the start page" not in text
    assert_page(client.get("/login/", headers={"host": "bad host/"}), 400)


def test_a_foreign_host_is_answered_in_its_own_language(client):
    client.get("/login/", headers={"accept-language": "de"})
    text = client.get("/login/", headers={"host": "evil.example.org", "accept-language": "en"}).content.decode()
    assert 'lang="en"' in text


def test_a_wrong_method_is_named_with_those_that_are_right(client):
    response = client.get("/read/")
    assert_page(response, 405)
    assert response["Allow"] == "POST"


def test_a_head_request_gets_the_status_without_the_page(client):
    response = client.head("/read/")
    assert (response.status_code, response.content) == (405, b"")


def test_a_stale_form_is_a_page_that_says_so():
    client = Client(enforce_csrf_checks=True)
    text = assert_page(client.post("/read/", {"a": "1"}), 403)
    assert "This form has expired" in text


@pytest.mark.parametrize("coding", ["gzip, chunked", "gzip", "chunked, gzip", "chunked, chunked", "x", "identity"])
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("path", ["/login/", "/read/", "/nothing/"])
def test_f01_a_transfer_coding_that_is_not_read_gets_a_page(coding, language, path):
    client = Client(enforce_csrf_checks=True)
    headers = {"transfer-encoding": coding, "accept-language": language}
    text = assert_page(client.post(path, {"a": "1"}, headers=headers), 415)
    assert f'lang="{language}"' in text


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "x"])
def test_f01_so_does_a_compressed_body(coding):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login/", {"a": "1"}, headers={"content-encoding": coding})
    assert "compressed" in assert_page(response, 415)
    assert response["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("headers", [{"transfer-encoding": " Chunked "}, {"content-encoding": "Identity"}, {}])
def test_f01_a_body_that_is_read_as_it_comes_is_taken(client, headers):
    assert client.post("/read/", {"a": "1"}, headers=headers).content == b"1 0"


def test_too_many_fields_are_too_large(client, settings):
    fields = {f"f{i}": "1" for i in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    assert_page(client.post("/read/", fields), 413)


def test_too_many_files_are_too_large(client):
    assert_page(client.post("/read/", {f"f{i}": SimpleUploadedFile("a", b"x") for i in range(101)}), 413)


@pytest.mark.parametrize("size", [2 * 1024 * 1024, 9 * 1024 * 1024])
def test_a_large_form_is_too_large(client, size):
    body = b"f=" + b"x" * size
    assert_page(client.post("/read/", body, content_type="application/x-www-form-urlencoded"), 413)


@pytest.mark.parametrize("size", [2 * 1024 * 1024, 9 * 1024 * 1024])
def test_a_large_file_is_too_large(client, size):
    assert_page(client.post("/read/", {"file": SimpleUploadedFile("users.csv", b"x" * size)}), 413)


def test_a_file_a_little_above_the_import_limit_still_reaches_its_form(client):
    response = client.post("/read/", {"file": SimpleUploadedFile("users.csv", b"x" * (1024 * 1024 + 4096))})
    assert response.content == b"0 1"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"a=1", "multipart/form-data"),
        (b"a=%FF%00", "application/x-www-form-urlencoded; charset=nonsense"),
    ],
)
def test_a_broken_body_is_no_server_error(client, body, kind):
    assert client.generic("POST", "/read/", body, content_type=kind).status_code in (200, 400, 415)


def test_the_log_names_the_route_and_never_the_address(client, caplog):
    client.get("/fail/broken/t0p-s3cret/?code=123456")
    record = next(record for record in caplog.records if record.name == "django.request")
    RouteNotAddress().filter(record)
    assert record.getMessage() == "Internal Server Error: fail/<how>/<token>/"


def test_requests_that_were_only_refused_are_not_logged(client, caplog):
    client.get("/nothing/here/?password=x")
    client.get("/login/", headers={"host": "evil.example.org"})
    client.get("/fail/forbidden/")
    client.get("/read/")
    assert not caplog.records
