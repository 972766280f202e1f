"""The judge believes what it was told message by message, and nothing that the child says of itself."""

import pytest

from grading.bench import GRADER, client, judged

LINKS = ["direct", "child"]


def of_first(verdict):
    return {each["id"]: each for each in verdict["checks"] if each["scenario"] == "first"}


@pytest.mark.parametrize("link", LINKS)
def test_a_connection_that_was_not_closed_counts_whatever_the_child_says(tmp_path, link) -> None:
    body = """
        import gc
        answer = await httpx.AsyncClient().get("http://depot.test/a")
        session = next(each for each in gc.get_objects() if type(each).__name__ == "Session" and not each._over)
        for stream in session.streams.values():
            stream.closed = True
        return answer
    """
    checks = of_first(judged(tmp_path, client(body), link=link))
    assert checks["first.arrives"]["status"] == "passed"
    assert checks["first.closed"]["status"] == "failed"


@pytest.mark.parametrize("link", LINKS)
def test_what_only_the_server_closed_the_client_has_left_open(tmp_path, link) -> None:
    grader = GRADER.replace('"/a").reply(json={})', '"/a").reply(json={}, headers={"Connection": "close"})')
    body = "client = self.client = httpx.AsyncClient()\nreturn await client.send({request}, stream=True)"
    request = 'client.build_request("GET", "http://depot.test/a")'
    checks = of_first(judged(tmp_path, client(body.format(request=request)), link=link, grader=grader))
    assert checks["first.closed"]["status"] == "failed"
