"""One small page, the same for every subject, so that what stands around it can be compared."""

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

PATH = "/bench-page/"
ROWS = [{"number": number, "name": f"Row {number}"} for number in range(20)]
TEMPLATE = Engine().from_string(
    "<!doctype html><title>{{ user.username }}</title><table>"
    "{% for row in rows %}<tr><td>{{ row.number }}</td><td>{{ row.name }}</td></tr>{% endfor %}</table>"
)


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(TEMPLATE.render(Context({"user": request.user, "rows": ROWS})))
