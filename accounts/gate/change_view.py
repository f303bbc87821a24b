"""The base of every page that changes something: one object, one form, one service."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from accounts.forms import PlainForm
from accounts.gate import parts, saved_input
from accounts.gate.access import Access
from accounts.gate.request import PanelRequest
from accounts.origin import Origin
from accounts.texts import Text
from accounts.throttling import sentences as throttling_sentences
from accounts.throttling.budgets import Wait

if TYPE_CHECKING:
    PlainFormView = FormView[PlainForm]
else:
    PlainFormView = FormView

Sentences = Mapping[type[Exception], Text]
FieldErrors = Mapping[type[Exception], tuple[str | None, Text]]


class ChangeView(PlainFormView):
    """GET shows the form, POST calls `change`. A page without fields is a question with a button.

    The gate has checked access and set `request.subject`. Texts may use the values that `names` returns.
    """

    access: Access
    request: PanelRequest
    http_method_names = ["get", "head", "post", "options"]
    form_class: type[PlainForm] = PlainForm
    heading: Text = ""
    text: Text = ""
    done: Text = ""
    unchanged: Text = gettext_lazy("Nothing was changed.")
    field_errors: ClassVar[FieldErrors] = {}
    """Exceptions that `change` may raise, each with the field and the message that is shown there."""
    moved: ClassVar[Sentences] = {}
    """Exceptions for a concurrent change by somebody else, each with its message. Nothing was changed."""

    @property
    def origin(self) -> Origin:
        return Origin.from_request(self.request)

    def stored(self) -> dict[str, Any]:
        """The initial values of the fields: the current values of the object."""
        return {}

    def names(self) -> dict[str, Any]:
        """Values for heading, text and messages, as in %(username)s."""
        return {}

    def cancel_url(self) -> str:
        return self.get_success_url()

    def change(self, form: PlainForm) -> Any:
        """Calls the service. Its outcome is passed to `answer`; by default, a false outcome means that nothing
        changed."""
        raise NotImplementedError

    def answer(self, outcome: Any, form: PlainForm) -> HttpResponse:
        """Adds the message for an outcome and redirects."""
        if outcome:
            messages.success(self.request, self.message(outcome))
        else:
            messages.info(self.request, self.phrase(self.unchanged))
        return redirect(self.get_success_url())

    def message(self, outcome: Any) -> str:
        """The message for a change that was made."""
        return self.phrase(self.done)

    def phrase(self, text: Text) -> str:
        return str(text) % self.names()

    def explanation(self) -> Text:
        return self.text

    def get_initial(self) -> dict[str, Any]:
        """The input that was saved before a login or `/confirm/`, or else the stored values."""
        return saved_input.initial(self.request, self.get_form_class(), **self.stored())

    def form_valid(self, form: PlainForm) -> HttpResponse:
        try:
            outcome = self.change(form)
        except tuple(self.field_errors) as error:
            form.add_error(*self.field_errors[type(error)])
            return self.form_invalid(form)
        except tuple(self.moved) as error:
            messages.warning(self.request, str(self.moved[type(error)]))
            return redirect(self.get_success_url())
        return self.answer(outcome, form)

    def wait(self, form: PlainForm, wait: Wait) -> HttpResponse:
        """Shows the page again with the remaining wait, as 429 (RFC 6585 section 4)."""
        context = self.get_context_data(form=form, wait=throttling_sentences.sentence(wait.seconds))
        headers = {"Retry-After": str(wait.seconds)}
        return self.render_to_response(context, status=429, headers=headers)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {
            "heading": self.phrase(self.heading),
            "text": self.phrase(self.explanation()),
            "cancel_url": self.cancel_url(),
        }
        return super().get_context_data(**context | kwargs)


class PasswordView(ChangeView):
    """A form with a new password. **Generate password** shows it again, filled in and without validating other fields.

    The form has a method `suggest`.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "suggest" not in request.POST:
            return super().post(request, *args, **kwargs)
        typed = {name: value for name, value in request.POST.items() if not saved_input.is_secret(name)}
        own = {name: value for name, value in self.get_form_kwargs().items() if name not in ("data", "files")}
        form: Any = self.get_form_class()(**own | {"initial": typed})
        form.suggest()
        response = self.render_to_response(self.get_context_data(form=form))
        # The field with the password is taken out of the page by the button that asked (hx-select).
        return parts.mark(response) if parts.by_htmx(request) else response
