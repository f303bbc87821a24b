// Security keys and passkeys: asks the panel for options, lets the browser prompt, and posts what the key answered.
// Forms with data-key work through this file alone; without it they stay hidden.
// Uses `countDown` and `inWords` of panel.js, which the page loads before it.
"use strict";

(() => {
  const supported = Boolean(window.PublicKeyCredential && navigator.credentials);
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  let waiting; // the prompt in the list of passkeys, which another prompt must end first

  // Browsers without the methods of level 3 get and give the same by hand.
  function parse(kind, json) {
    const method = PublicKeyCredential[kind];
    if (method) return method.call(PublicKeyCredential, json);
    const ids = (list) => list && list.map((entry) => ({ ...entry, id: bytes(entry.id) }));
    const options = { ...json, challenge: bytes(json.challenge) };
    if (json.user) options.user = { ...json.user, id: bytes(json.user.id) };
    if (json.excludeCredentials) options.excludeCredentials = ids(json.excludeCredentials);
    if (json.allowCredentials) options.allowCredentials = ids(json.allowCredentials);
    return options;
  }

  function written(credential) {
    if (credential.toJSON) return credential.toJSON();
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = base64(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id,
      rawId: base64(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  async function post(form, step, body) {
    const answer = await fetch(`/two-factor/keys/${form.dataset.key}/${step}/`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      body: JSON.stringify(body),
    }).catch(() => null);
    if (!answer || answer.status >= 500) throw Object.assign(new Error(step), { name: "Unreachable" });
    if (answer.redirected) return { next: back(answer.url) };
    try {
      return await answer.json();
    } catch {
      return { next: location.href }; // the page has changed meanwhile: look at it anew
    }
  }

  // A confirmation leads back to this page, not to the address that was posted to.
  function back(address) {
    const url = new URL(address);
    if (url.searchParams.has("next")) url.searchParams.set("next", location.pathname);
    return url.href;
  }

  function show(form, sentence) {
    const place = form.querySelector("[data-key-error]");
    place.textContent = sentence;
    place.hidden = !sentence;
  }

  // Keys work at the panel's own address alone, so elsewhere the form only says so.
  function explain(form) {
    for (const part of form.querySelectorAll(".field, button")) part.remove();
    show(form, form.dataset.keyElsewhere);
    form.querySelector("[data-key-error]").className = "help";
    form.querySelector("[data-key-error]").removeAttribute("role");
  }

  // The number in the sentence counts down, and the button comes back at nought.
  function wait(form, sentence, seconds) {
    const place = form.querySelector("[data-key-error]");
    const button = form.querySelector("button");
    countDown(seconds, (left) => {
      if (left < seconds) place.removeAttribute("role"); // a screen reader must not read every second
      button.disabled = left > 0;
      if (left === 0) place.setAttribute("role", "alert");
      show(form, left > 0 ? sentence.replace(/\d+ \p{L}+/u, inWords(left)) : place.dataset.over);
    });
  }

  function unreachable() {
    return document.getElementById("said")?.dataset.unreachable || "";
  }

  function forget(signal) {
    if (signal && PublicKeyCredential.signalUnknownCredential) PublicKeyCredential.signalUnknownCredential(signal).catch(() => {});
  }

  // What other fields of the page say: where to go on to, and the password of a confirmation.
  function fields(form) {
    const found = {};
    for (const name of ["next", "password"]) {
      const field = document.querySelector(`form:not([data-key]) [name=${name}]`);
      if (field && field.value && !(name === "password" && form.dataset.keyPurpose)) found[name] = field.value;
    }
    return found;
  }

  // What the form itself says: the name of a new key, for this page to show again after a confirmation.
  function own(form) {
    if (form.elements.name) return { name: form.elements.name.value, page: location.pathname };
    return form.dataset.keyPurpose ? { purpose: form.dataset.keyPurpose } : {};
  }

  async function run(form, more) {
    const options = await post(form, "options", own(form));
    if (!options.challenge) return options;
    const credential = form.dataset.key === "register"
      ? await navigator.credentials.create({ publicKey: parse("parseCreationOptionsFromJSON", options) })
      : await navigator.credentials.get({ publicKey: parse("parseRequestOptionsFromJSON", options), ...more });
    return post(form, "verify", { ...own(form), ...fields(form), credential: written(credential) });
  }

  async function ceremony(form, more = {}) {
    try {
      const answer = await run(form, more);
      forget(answer.signal);
      if (answer.next) location.assign(answer.next);
      else if (answer.wait) wait(form, answer.error, answer.wait);
      else show(form, answer.error || "");
    } catch (fault) {
      if (fault.name === "InvalidStateError") show(form, form.dataset.keyTaken || "");
      else if (fault.name === "SecurityError" && !more.mediation) show(form, form.dataset.keyElsewhere || "");
      else if (fault.name === "Unreachable" && (!more.mediation || fault.message === "verify")) show(form, unreachable());
      // NotAllowedError and AbortError: the person closed the prompt. Nothing was sent, so nothing is said.
    }
  }

  // A challenge lives five minutes; the list waits as long as the page is open.
  async function offer(form) {
    if (!PublicKeyCredential.isConditionalMediationAvailable || !await PublicKeyCredential.isConditionalMediationAvailable()) return;
    for (;;) {
      waiting = new AbortController();
      const mine = waiting;
      const timer = setTimeout(() => mine.abort("renew"), 4.5 * 60 * 1000);
      await ceremony(form, { mediation: "conditional", signal: mine.signal });
      clearTimeout(timer);
      if (mine.signal.reason !== "renew") return;
    }
  }

  for (const form of document.querySelectorAll("form[data-key]")) {
    if (!supported) {
      form.remove();
      for (const reason of document.querySelectorAll("[data-key-missing]")) reason.hidden = false;
      continue;
    }
    form.hidden = false;
    if (new URL(form.dataset.keyOrigin).origin !== location.origin) {
      explain(form);
      continue;
    }
    if (form.querySelector("[autofocus]")) form.querySelector("[autofocus]").focus(); // browsers pass over what is hidden
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (waiting) waiting.abort("pressed");
      show(form, "");
      ceremony(form);
    });
    if (form.dataset.keyPurpose === "login") offer(form);
  }
})();
