import { renderPreview } from "./preview.ts";
import { isReadable } from "./read-head.ts";

/** Looks into some files on their way into the archive. */
export interface Previews {
  /** Null for a file that is not looked into. */
  watch(file: { service: string; name: string; path: string }): Watcher | null;
  /** By path; HTML. */
  readonly rendered: ReadonlyMap<string, string>;
}

export interface Watcher {
  take(chunk: Uint8Array): void;
  /** Nothing comes after what was taken. */
  end(): void;
}

/** As much of a file is looked at. */
const headBytes = 64 * 1024;
const most = { ofService: 10, files: 200, characters: 1024 * 1024 } as const;

/** The first few files of each service, and in all no more than a page can bear. */
export function createPreviews(): Previews {
  const rendered = new Map<string, string>();
  const watched = new Map<string, number>();
  let [files, characters] = [0, 0];
  return {
    rendered,
    watch({ service, name, path }) {
      const ofService = watched.get(service) ?? 0;
      const isTooMany = ofService >= most.ofService || files >= most.files;
      if (isTooMany || !isReadable(name)) return null;
      watched.set(service, ofService + 1);
      files += 1;
      return watchHead((beginning, isAll) => {
        const html = renderPreview(name, beginning, isAll);
        if (html === null || characters + html.length > most.characters) return;
        characters += html.length;
        rendered.set(path, html);
      });
    },
  };
}

function watchHead(done: (beginning: Uint8Array, isAll: boolean) => void): Watcher {
  const head: Uint8Array[] = [];
  let [bytes, isMore] = [0, false];
  return {
    take(chunk) {
      const room = headBytes - bytes;
      if (chunk.byteLength > room) isMore = true;
      if (room === 0) return;
      // A copy, so that the chunk itself can go.
      const taken = Uint8Array.from(chunk.subarray(0, room));
      head.push(taken);
      bytes += taken.byteLength;
    },
    end: () => done(Buffer.concat(head), !isMore),
  };
}
