/** Doubtful words of a transcription: [word?] and [illegible]. */
export const doubt = /\[illegible\]|\[[^[\]\n]{1,80}\?\]/gi;

/** countDoubts counts them. */
export const countDoubts = (text: string) => text.match(doubt)?.length ?? 0;
