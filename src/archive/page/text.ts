/** Text as HTML, in an element or in a quoted attribute. Characters that would turn what follows around are shown, not obeyed. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
    .replace(/[^\P{Cc}\t\n\r]/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A path of the archive as a link that works from the file beside it. */
export function toLink(path: string): string {
  return escapeText(path.toWellFormed().split("/").map(encodeURIComponent).join("/"));
}

/** `1.2 MB`, in powers of a thousand as file managers count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return formatCount(bytes, "byte", "bytes");
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const unit = units[power] ?? "byte";
  const options = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat("en", options).format(bytes / 1000 ** power);
}

export function formatCount(count: number, one: string, many: string): string {
  return `${new Intl.NumberFormat("en").format(count)} ${count === 1 ? one : many}`;
}

const dateFormat = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "long",
  timeStyle: "short",
  timeZone: "UTC",
});

export function formatTime(time: Date): string {
  return `<time datetime="${time.toISOString()}">${dateFormat.format(time)} UTC</time>`;
}

/** `created_at` and `createdAt` as people write them. */
export function toLabel(key: string): string {
  const words = key
    .replace(/[_-]+/g, " ")
    .replace(/(?<=\p{Ll}|\p{N})\p{Lu}(?=\p{Ll})/gu, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
  const [first = "", ...rest] = words === "" ? key : words;
  return clipText(first.toUpperCase() + rest.join(""), 60);
}

export function clipText(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
