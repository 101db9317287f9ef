"""The headers that protect an answer, whatever it is."""


def headers_missing(headers, *, is_staff=False, is_personal=False, is_for_all=False):
    """What an answer lacks of what every one has; one `is_for_all` may be shown on other sites."""
    policy = headers.get("Content-Security-Policy", "")
    said = {part.split()[0]: part.strip().partition(" ")[2] for part in policy.split(";") if part}
    wanted = {"default-src": "'none'", "base-uri": "'none'"}
    if "sandbox" not in said:
        wanted |= dict.fromkeys(("script-src", "style-src", "img-src"), "'self'")
    missing = [name for name, value in wanted.items() if said.get(name) != value]
    missing += [
        name
        for name in ("form-action", "frame-ancestors")
        if said.get(name) not in ("'self'", "'none'")
    ]
    missing += [f"too much {part}" for part in policy.split() if "unsafe" in part or "*" in part]
    expected = {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    }
    referrer = ("same-origin", "strict-origin") if is_staff else ("no-referrer",)
    if headers.get("Referrer-Policy") not in referrer:
        missing.append("Referrer-Policy")
    missing += [name for name, value in expected.items() if headers.get(name) != value]
    resource = ("same-origin", "cross-origin" if is_for_all else "")
    if headers.get("Cross-Origin-Resource-Policy") not in resource:
        missing.append("Cross-Origin-Resource-Policy")
    if is_personal and headers.get("Cache-Control") != "no-store, private":
        missing.append("no-store")
    return missing + [name for name in ("Server", "X-Powered-By") if name in headers]
