/** Sends a diagram to be deployed as a new version. */
const FIRST_SERVER_ERROR = 500;

/** One key for one content: sent again after a lost answer, the server gives the first answer. */
export class Deployer {
  constructor({ deployUrl, resource, base, csrf }, language) {
    this.url = deployUrl;
    this.resource = resource;
    this.base = base;
    this.csrf = csrf ?? document.querySelector('meta[name="csrf-token"]')?.content ?? "";
    this.language = language;
  }

  /** `{deployment}`, or `{problem}` as problem+json, or `{}` when there was no answer. */
  async deploy(xml) {
    const body = JSON.stringify({ resources: { [this.resource]: xml }, base: this.base ?? null });
    if (this.attempt?.body !== body) this.attempt = { body, key: randomKey() };
    let response;
    try {
      response = await fetch(this.url, {
        method: "POST", credentials: "same-origin", body,
        headers: { "Content-Type": "application/json", Accept: "application/json, application/problem+json",
          "Accept-Language": this.language, "X-CSRF-Token": this.csrf, "Idempotency-Key": this.attempt.key },
      });
    } catch {
      return {};
    }
    const answer = await response.json().catch(() => undefined);
    if (response.status < FIRST_SERVER_ERROR) this.attempt = undefined;
    if (!response.ok) return { problem: answer ?? { title: `${response.status} ${response.statusText}` } };
    this.base = answer.id ?? this.base;
    return { deployment: answer };
  }

  /** The definition this deployment made of our file. */
  definitionOf(deployment) {
    const definitions = deployment.process_definitions ?? [];
    return definitions.find(({ resource }) => resource === this.resource) ?? definitions[0];
  }
}

/** crypto.randomUUID exists on https and localhost only. */
function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
