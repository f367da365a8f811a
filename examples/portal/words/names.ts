import type { ShownService } from "../settings.ts";

/** What a visitor calls a category. */
export interface CategoryWords {
  readonly title: string;
  /** What belongs to it, in a few words; empty where nobody has written any. */
  readonly about: string;
}

const categories: Readonly<Record<string, CategoryWords>> = {
  favorites: { title: "Favourites", about: "Flats and trips you marked" },
  subscriptions: {
    title: "Subscriptions",
    about: "Searches you follow, and the cards you pay with",
  },
  offers: { title: "Offers", about: "Flats you advertised yourself" },
  hidden_offers: { title: "Hidden offers", about: "Flats you chose not to see, and why" },
  notes: { title: "Notes", about: "What you wrote beside flats" },
  comparisons: { title: "Comparisons", about: "Flats you put side by side" },
  mortgage_applications: { title: "Mortgage applications", about: "What you asked banks for" },
  feedback: { title: "Feedback", about: "What you reported about the map" },
  rides: { title: "Rides", about: "Where you went by taxi, and the receipts" },
};

/** By the slug; one that nobody has written a title for speaks for itself. */
export function describeCategory(slug: string): CategoryWords {
  const key = slug.toLowerCase().replaceAll("-", "_");
  const known = Object.hasOwn(categories, key) ? categories[key] : undefined;
  return known ?? { title: humanise(slug) || "Other data", about: "" };
}

/** The title of a service, also of one whose rows are not shown. */
export function titleOf(services: readonly ShownService[], name: string): string {
  return (
    services.find((service) => service.name === name)?.title ?? (humanise(name) || "A service")
  );
}

/** `hidden_offers` as “Hidden offers”. */
export function humanise(code: string): string {
  const words = code.replace(/[_-]+/g, " ").trim().slice(0, 80);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
