/**
 * Takes one part of the page from the server again, such as the list of versions after a deployment.
 * When the server does not answer, the part stays as it was: what is on the page was true when it was loaded.
 */
export async function refresh(selector) {
  const part = selector && document.querySelector(selector);
  if (!part) return;
  const response = await fetch(location.href, { credentials: "same-origin" }).catch(() => undefined);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector(selector);
  if (fresh) part.replaceWith(document.adoptNode(fresh));
}
