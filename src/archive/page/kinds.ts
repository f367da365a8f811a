const kinds: readonly (readonly [RegExp, string])[] = [
  [/^json$/, "Data (JSON)"],
  [/^(jsonl|ndjson)$/, "Data, a line each (JSON Lines)"],
  [/^(csv|tsv)$/, "Table (CSV)"],
  [/^(xlsx?|ods)$/, "Spreadsheet"],
  [/^parquet$/, "Table (Parquet)"],
  [/^(jpe?g|png|gif|webp|heic|avif|svg|bmp|tiff?)$/, "Picture"],
  [/^(mp4|mov|avi|mkv|webm|m4v)$/, "Video"],
  [/^(mp3|m4a|ogg|opus|wav|flac|aac)$/, "Sound"],
  [/^(html?|xhtml)$/, "Web page"],
  [/^(txt|md|log)$/, "Text"],
  [/^(pdf|docx?|odt|rtf)$/, "Document"],
  [/^(eml|mbox)$/, "Mail"],
  [/^(vcf|ics)$/, "Contacts or dates"],
  [/^(gpx|kml|geojson)$/, "Places"],
  [/^(xml|yaml|yml)$/, "Data"],
  [/^(zip|gz|tar|7z|zst)$/, "Archive"],
];

/** What a file is, as people call it, told by its name alone. */
export function kindOf(name: string): string {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return kinds.find(([pattern]) => pattern.test(extension))?.[1] ?? "File";
}
