/**
 * A mistake of the developer's that shows only once handlers run. Its message bears constant text and
 * names of types alone, so that a log may have it.
 */
export class Misuse extends TypeError {}
