// A site that is read from a folder may start no worker, and its search needs one: there the
// worker's script runs in a frame that nobody sees. The theme knows the class by this name.
"use strict";

class IFrameWorker extends EventTarget {
  constructor(url) {
    super();
    const frame = document.createElement("iframe");
    frame.hidden = true;
    document.body.append(frame);
    const inside = frame.contentWindow;
    inside.document.open();
    inside.document.write("<!DOCTYPE html><body></body>");
    inside.document.close();
    inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
    inside.importScripts = async (...urls) => {
      for (const each of urls) await this.load(each);
    };
    this.frame = frame;
    this.ready = this.load(url);
  }

  load(url) {
    const script = this.frame.contentDocument.createElement("script");
    script.src = url;
    const loaded = new Promise((done) => script.addEventListener("load", done));
    this.frame.contentDocument.body.append(script);
    return loaded;
  }

  async postMessage(data) {
    await this.ready;
    const inside = this.frame.contentWindow;
    inside.dispatchEvent(new inside.MessageEvent("message", { data }));
  }

  terminate() {
    this.frame.remove();
  }
}

if (location.protocol === "file:") {
  window.IFrameWorker = IFrameWorker; // a class is no property of the window by itself
  window.Worker = IFrameWorker;
}
