"""nginx's configuration for one application, with gaps that `configurations` fills in."""

from string import Template

SERVER = Template("""\
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
    # Not as other files may set it for all servers: everything is checked, and no answer is kept or replaced.
    satisfy all;
    proxy_cache off;
    proxy_intercept_errors off;
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
        # Until nginx has read the host, it follows the port's default server, which may permit underscores.
        proxy_set_header Remote_User "";
        proxy_set_header Remote_Name "";
        proxy_set_header Remote_Email "";
        proxy_set_header Remote_Groups "";
        proxy_set_header Cloudpanel_Assertion "";
    }

    location = /.cloudpanel/check {
        internal;
        error_page 494 /;  # never happens here, but without it nginx would follow the error pages of all servers
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
        proxy_set_header X-Cloudpanel-Configuration $version;
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
        proxy_set_header X-Cloudpanel-Configuration $version;
    }
}
""")

TLS = Template("""
    ssl_certificate /etc/nginx/tls/$name.crt;  # yours
    ssl_certificate_key /etc/nginx/tls/$name.key;  # yours""")
