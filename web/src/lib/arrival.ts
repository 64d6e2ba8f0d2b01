/**
 * The question of the address with which the app was opened, as it was: the router reads values as JSON,
 * and writes a code such as `1e5` back as another text.
 */
export const arrivedWith = new URLSearchParams(window.location.search);
