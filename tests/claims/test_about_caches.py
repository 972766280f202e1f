"""Claims about a cache of one's own: whose answer it hands out. On the judge's wire."""

from __future__ import annotations

import httpx

from claims.lab import TLS
from grading.bench import on_wire, reply


def languages_read(*, key_holds_language: bool) -> list[str]:
    """What three customers read who ask for German, Dutch and German, through a cache with this kind of key."""

    def build(net):
        def rates(request):
            language = request.headers["accept-language"]
            return reply(text=language, headers={"Vary": "Accept-Language", "Cache-Control": "max-age=3600"})

        net.route("GET", "/rates").calls(rates)

    async def main(run):
        kept: dict[object, httpx.Response] = {}
        async with httpx.AsyncClient(base_url=run.url, verify=TLS) as client:

            async def get(path, language):
                key = (path, language) if key_holds_language else path
                if key not in kept:
                    headers = {"Accept-Language": language}
                    response = await client.get(path, headers=headers)
                    response.raise_for_status()
                    kept[key] = response
                return kept[key]

            return [(await get("/rates", language)).text for language in ("de", "nl", "de")]

    played = on_wire(main, build)
    assert len([each for each in played.judge.timeline if each["kind"] == "request"]) == 1 + key_holds_language
    return played.value


def test_cache_without_vary_mixes_languages():
    """A cache whose key is the path hands everybody the language of the first; with the value of the header that `Vary`
    names in its key it hands each their own.
    """
    assert languages_read(key_holds_language=False) == ["de", "de", "de"]
    assert languages_read(key_holds_language=True) == ["de", "nl", "de"]
