// Search runs in a worker, which browsers forbid to pages that are opened from a folder. There a hidden
// frame does its work. (The theme asks for such a script by this name and would load it from elsewhere.)
if (location.protocol === "file:") {
  class IFrameWorker extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const scope = frame.contentWindow;
      const load = (address) =>
        new Promise((done, fail) => {
          const script = scope.document.createElement("script");
          script.src = address;
          script.onload = done;
          script.onerror = () => fail(new Error(`${address} cannot be loaded`));
          scope.document.body.append(script);
        });
      scope.importScripts = (...addresses) =>
        addresses.reduce((before, address) => before.then(() => load(address)), Promise.resolve());
      scope.postMessage = (data) => {
        const message = new MessageEvent("message", { data });
        this.dispatchEvent(message);
        this.onmessage?.(message);
      };
      this.scope = scope;
      this.ready = load(new URL(url, document.baseURI).href);
    }

    postMessage(data) {
      void this.ready.then(() => {
        const message = new this.scope.MessageEvent("message", { data });
        this.scope.dispatchEvent(message);
        this.scope.onmessage?.(message);
      });
    }
  }
  window.IFrameWorker = IFrameWorker;
  window.Worker = IFrameWorker;
}
