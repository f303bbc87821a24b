"""Configurations of reverse proxies, filled in for one application. Pure.

Each removes from the client's request what only the panel may send (identity, assertion and the visit's cookie, in
every spelling that an application could accept), asks the panel about every request, and answers with an error if it
gets no answer. Names contain the application's id, so that one proxy can hold several.
"""

from collections.abc import Callable
from dataclasses import dataclass
from string import Template
from urllib.parse import urlsplit

PANEL = "127.0.0.1:8000"
UPSTREAM = "127.0.0.1:3000"
NOTE = "yours: the panel"
UNKNOWN_NOTE = "yours: replace it by the panel's host and port"


@dataclass(frozen=True)
class Configuration:
    kind: str
    label: str
    file_name: str
    text: str


_NGINX = Template("""\
# $origin behind nginx. At http level, for example as /etc/nginx/conf.d/$file
upstream cloudpanel_$id {
    server $panel max_fails=1 fail_timeout=2s;  # $note; one such line for each of its servers
    keepalive 32;
    keepalive_timeout 1s;
}
upstream application_$id {
    server $upstream;  # yours: the application itself
}
# Websockets alone: in a tunnel of another kind, such as h2c, the client would send headers that nobody has checked.
map $$http_upgrade $$application_${id}_upgrade {
    default "";
    ~*^websocket$$ websocket;
}
map $$http_upgrade $$application_${id}_connection {
    default "";
    ~*^websocket$$ upgrade;
}
server {
    listen $listen;
    server_name $name;$tls
    underscores_in_headers off;
    ignore_invalid_headers on;
    merge_slashes off;
    proxy_redirect off;
    proxy_buffer_size 16k;  # the check's answer repeats the browser's cookies
    proxy_buffers 8 16k;
    client_max_body_size 0;  # the application has a limit of its own

    # nginx chooses this server by the host of an absolute address, whatever the Host header says.
    if ($$http_host != "$host") {
        return 421;
    }

    location / {
        auth_request /.cloudpanel/check;
        auth_request_set $$guard_${id}_user $$upstream_http_remote_user;
        auth_request_set $$guard_${id}_name $$upstream_http_remote_name;
        auth_request_set $$guard_${id}_email $$upstream_http_remote_email;
        auth_request_set $$guard_${id}_groups $$upstream_http_remote_groups;
        auth_request_set $$guard_${id}_assertion $$upstream_http_cloudpanel_assertion;
        auth_request_set $$guard_${id}_cookie $$upstream_http_cookie;
        error_page 401 403 = @cloudpanel_$id;

        proxy_read_timeout 1h;  # a websocket may be silent for so long
        proxy_pass http://application_$id;
        proxy_http_version 1.1;
        proxy_set_header Host $$http_host;
        proxy_set_header Upgrade $$application_${id}_upgrade;
        proxy_set_header Connection $$application_${id}_connection;
        proxy_set_header X-Forwarded-For $$remote_addr;
        proxy_set_header X-Forwarded-Host $$http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Remote-User $$guard_${id}_user;
        proxy_set_header Remote-Name $$guard_${id}_name;
        proxy_set_header Remote-Email $$guard_${id}_email;
        proxy_set_header Remote-Groups $$guard_${id}_groups;
        proxy_set_header Cloudpanel-Assertion $$guard_${id}_assertion;
        proxy_set_header Cookie $$guard_${id}_cookie;
    }

    location = /.cloudpanel/check {
        internal;
        proxy_pass http://cloudpanel_$id/guard/nginx/;
        proxy_pass_request_body off;
        proxy_connect_timeout 5s;
        proxy_send_timeout 5s;
        proxy_read_timeout 5s;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Content-Length "";
        proxy_set_header Host $$http_host;
        proxy_set_header X-Forwarded-For $$remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Original-URL "$origin$$request_uri";
        proxy_set_header X-Original-Method $$request_method;
    }

    # What the check refused: the panel decides once more, and answers with a page or a redirect.
    location @cloudpanel_$id {
        rewrite ^ /.cloudpanel/start? break;
        proxy_pass http://cloudpanel_$id;
        proxy_pass_request_body off;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Content-Length "";
        proxy_set_header Host $$http_host;
        proxy_set_header X-Forwarded-For $$remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Original-URL "$origin$$request_uri";
        proxy_set_header X-Original-Method $$request_method;
        proxy_set_header X-Cloudpanel-Proxy nginx;
    }

    location /.cloudpanel/ {
        client_max_body_size 64k;
        proxy_pass http://cloudpanel_$id;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $$http_host;
        proxy_set_header X-Forwarded-For $$remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Original-URL "";
        proxy_set_header X-Original-Method "";
        proxy_set_header X-Cloudpanel-Proxy nginx;
    }
}
""")

_NGINX_TLS = Template("""
    ssl_certificate /etc/nginx/tls/$name.crt;  # yours
    ssl_certificate_key /etc/nginx/tls/$name.key;  # yours""")

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
			reverse_proxy $panel  # $note
		}
		handle {
			forward_auth $panel {  # $note
				uri /guard/caddy/
				copy_headers Remote-User Remote-Name Remote-Email Remote-Groups Cloudpanel-Assertion
				transport http {
					dial_timeout 5s
					response_header_timeout 5s
				}
			}
			request_header Cookie "(__Host-)?cloudpanel_(visit|start)_[0-9]+=[^;]*(; *)?" ""
			reverse_proxy $upstream  # yours: the application itself
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
    ("nginx", "nginx", _NGINX, "conf", lambda name: _NGINX_TLS.substitute(name=name)),
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
        )
        found.append(Configuration(kind, label, file, text))
    return found
