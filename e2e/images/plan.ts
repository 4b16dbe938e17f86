import { readFileSync } from 'node:fs';
import { StepError } from '../lib/error.ts';
import { imageKey } from './keys.ts';
import { basesOf, canonicalName } from './names.ts';
import type { ImageDefinition } from './types.ts';

/** Knows every image by name, and its key: that of a product includes those of the stand-ins it is built on. */
export class Plan {
  readonly #images: Map<string, ImageDefinition>;
  readonly #keys = new Map<string, string>();

  constructor(images: readonly ImageDefinition[]) {
    this.#images = new Map(images.map((image) => [image.name, image]));
  }

  image(reference: string): ImageDefinition {
    const image = this.#images.get(canonicalName(reference));
    if (image === undefined) throw new StepError(`There is no stand-in for ${reference}: add one to e2e/images/catalogue.ts.`);
    return image;
  }

  key(image: ImageDefinition): string {
    const known = this.#keys.get(image.name);
    if (known !== undefined) return known;
    const key = imageKey(image, (base) => this.key(this.image(base)));
    this.#keys.set(image.name, key);
    return key;
  }

  /** The images it starts from, by the name in its FROM lines. */
  bases(image: ImageDefinition): Map<string, ImageDefinition> {
    return new Map(basesOf(readFileSync(image.dockerfile, 'utf8')).map((name) => [name, this.image(name)]));
  }

  /** The images and everything below them, bases first. */
  inOrder(images: Iterable<ImageDefinition>): ImageDefinition[] {
    const order = new Set<ImageDefinition>();
    for (const image of images) {
      for (const base of this.inOrder(this.bases(image).values())) order.add(base);
      order.add(image);
    }
    return [...order];
  }
}
