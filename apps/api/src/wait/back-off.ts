/** Times to wait between looks: short at first, for what is nearly there, then longer. */
export function* backOff(first: number, longest: number): Generator<number, never> {
  for (let ms = first; ; ms = Math.min(ms * 2, longest)) yield ms
}
