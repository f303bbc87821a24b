"""Configurations of reverse proxies, filled in for one application. Pure.

Each removes from the client's request what only the panel may send (identity, assertion and the visit's cookie, in
every spelling that an application could accept), asks the panel about every request, and answers with an error if it
gets no answer. What the proxy is set up to do elsewhere must not change that. Names contain the application's id, so
that one proxy can hold several.
"""

from collections.abc import Callable
from dataclasses import dataclass
from string import Template
from urllib.parse import urlsplit

from cloudpanel.applications.guard import nginx

PANEL = "127.0.0.1:8000"
UPSTREAM = "127.0.0.1:3000"
VERSION = "2"
"""Raise it whenever everybody must copy the configurations anew. Older ones name none."""
NOTE = "yours: the panel"
UNKNOWN_NOTE = "yours: replace it by the panel's host and port"


@dataclass(frozen=True)
class Configuration:
    kind: str
    label: str
    file_name: str
    text: str


_CADDY = Template("""\
# $origin behind Caddy. Part of the Caddyfile.
$origin {
	route {
		# Hop-by-hop headers are removed after the check: none of ours may be named as one.
		@connection_$id header_regexp Connection (?i)(remote|cloudpanel|cookie|x-)
		respond @connection_$id 400
		# Websockets alone: in a tunnel such as h2c the client would send headers that nobody has checked.
		@tunnel_$id header_regexp Upgrade (?i)[^websockt]
		respond @tunnel_$id 400
		request_header -Remote*
		request_header -Cloudpanel*
		request_header -X-Original*
		request_header -X-Cloudpanel*

		handle /.cloudpanel/* {
			request_header X-Cloudpanel-Proxy caddy
			request_header X-Cloudpanel-Configuration $version
			reverse_proxy $panel {  # $note
				header_up X-Forwarded-Host $host
				header_up X-Forwarded-Proto $scheme
			}
		}
		handle {
			forward_auth $panel {  # $note
				uri /guard/caddy/
				# Caddy itself would pass on what a client in `trusted_proxies` says, even another application.
				header_up X-Forwarded-Host $host
				header_up X-Forwarded-Proto $scheme
				header_up X-Cloudpanel-Configuration $version
				copy_headers Remote-User Remote-Name Remote-Email Remote-Groups Cloudpanel-Assertion
				transport http {
					dial_timeout 5s
					response_header_timeout 5s
				}
			}
			request_header Cookie "(__Host-)?cloudpanel_(visit|start)_[0-9]+=[^;]*(; *)?" ""
			reverse_proxy $upstream {  # yours: the application itself
				header_up X-Forwarded-Host $host
				header_up X-Forwarded-Proto $scheme
			}
		}
	}
}
""")

_TRAEFIK = Template("""\
# $origin behind Traefik, for the file provider. The static configuration of the entry point must have
#   entryPoints:
#     $entry:
#       http:
#         aliasHeadersStrategy: delete
http:
  routers:
    application-$id:
      # Websockets alone: in a tunnel such as h2c the client would send headers that nobody has checked.
      rule: Host(`$name`) && !HeaderRegexp(`Upgrade`, `(?i)[^websockt]`)
      entryPoints: [$entry]
      middlewares: [cloudpanel-$id-guard]
      service: application-$id$tls
    application-$id-cloudpanel:
      rule: Host(`$name`) && PathPrefix(`/.cloudpanel/`)
      priority: 10000
      entryPoints: [$entry]
      middlewares: [cloudpanel-$id-kind]
      service: cloudpanel-$id$tls
  middlewares:
    cloudpanel-$id-guard:
      forwardAuth:
        address: http://$panel/guard/traefik/  # $note
        trustForwardHeader: false
        authResponseHeaders: [Remote-User, Remote-Name, Remote-Email, Remote-Groups, Cloudpanel-Assertion, Cookie]
    cloudpanel-$id-kind:
      headers:
        customRequestHeaders:
          X-Cloudpanel-Proxy: traefik
          X-Cloudpanel-Configuration: "$version"
          X-Forwarded-Proto: $scheme
          X-Original-URL: ""
          X-Original-Method: ""
  services:
    application-$id:
      loadBalancer:
        servers:
          - url: http://$upstream  # yours: the application itself
    cloudpanel-$id:
      loadBalancer:
        servers:
          - url: http://$panel  # $note
""")
_KINDS: tuple[tuple[str, str, Template, str, Callable[[str], str]], ...] = (
    ("nginx", "nginx", nginx.SERVER, "conf", lambda name: nginx.TLS.substitute(name=name)),
    ("caddy", "Caddy", _CADDY, "caddyfile", lambda name: ""),
    ("traefik", "Traefik", _TRAEFIK, "yml", lambda name: "\n      tls: {}"),
)


def all_for(application_id: int, origin: str, upstream: str, *, panel: str = PANEL) -> list[Configuration]:
    """All configurations for one application. `origin` as stored; `upstream` and `panel` are host and port, empty where
    they are not known."""
    parts = urlsplit(origin)
    name, https = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if https else 80)
    found = []
    for kind, label, template, suffix, tls in _KINDS:
        file = f"application-{application_id}.{suffix}"
        text = template.substitute(
            id=application_id,
            origin=origin,
            scheme=parts.scheme,
            name=name,
            host=parts.netloc,
            listen=f"{port} ssl" if https else port,
            entry="websecure" if https else "web",
            tls=tls(name) if https else "",
            panel=panel or PANEL,
            note=NOTE if panel else UNKNOWN_NOTE,
            upstream=upstream or UPSTREAM,
            file=file,
            version=VERSION,
        )
        found.append(Configuration(kind, label, file, text))
    return found
