// Stands in for react-style-singleton, which adds <style> elements to lock scrolling behind a dialogue.
// The page's content security policy has style-src 'self', and the page never scrolls: nothing to add.

const nothing = { add() {}, remove() {} };

export const stylesheetSingleton = () => nothing;
export const styleHookSingleton = () => () => {};
export const styleSingleton = () => () => null;
