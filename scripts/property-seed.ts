// Plays a property that failed once more: PROPERTY_SEED and PROPERTY_PATH are the seed and the path that its message names. With the seed alone all of its
// runs are played again, with both the smallest counterexample only.
import fc from 'fast-check';

const { PROPERTY_SEED: seed, PROPERTY_PATH: path } = process.env;
fc.configureGlobal({ seed: Number(seed), ...(path !== undefined && { path }) });
