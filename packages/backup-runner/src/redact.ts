/** Takes secrets out of a text that others wrote, before it is logged or reported. */
export function redact(text: string, secrets: readonly string[]): string {
  // The longest first: a secret that is part of another must not leave the rest of the longer one behind.
  const known = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  return known.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
