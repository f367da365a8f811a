/** Why `npm start` cannot go on, in a sentence for the person who typed it. */
export class StartError extends Error {
  override name = "StartError";
}
