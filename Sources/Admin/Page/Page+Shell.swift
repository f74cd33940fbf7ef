extension Page {
    /// What stands before the script has run. Words in capitals are filled in.
    static let shell = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>pantograph</title>
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath
         d='M2 13L8 3l6 10M5 8h6' fill='none' stroke='%23148088' stroke-width='2'/%3E%3C/svg%3E">
        <style nonce="{{nonce}}">{{style}}</style>
        </head>
        <body data-classes="{{classes}}" data-states="{{states}}">
        <a class="skip" id="skip" href="#main">Skip to the content</a>
        <header>
        <p class="name">pantograph <span class="muted">{{version}}</span></p>
        <nav aria-label="Views">
        <a href="#/">Overview</a>
        <a href="#/exchanges">Exchanges</a>
        <a href="#/dead-letters">Dead letters <span id="letters" class="count"></span></a>
        <a href="#/agreement">Agreement</a>
        <a href="#/configuration">Configuration</a>
        </nav>
        </header>
        <p id="summary" role="status" aria-live="polite">Asking the sidecar…</p>
        <main id="main" tabindex="-1"></main>
        <noscript><p>This page needs JavaScript. On the command line the same is shown by pantograph status, top, exchanges, dead-letters
        and agreement.</p></noscript>
        <dialog id="confirm" aria-labelledby="confirm-title"><form method="dialog">
        <h2 id="confirm-title"></h2><p id="confirm-text"></p>
        <p class="buttons"><button value="">Cancel</button><button value="yes" id="confirm-yes" class="strong"></button></p>
        </form></dialog>
        <dialog id="token" aria-labelledby="token-title"><form method="dialog">
        <h2 id="token-title">Token</h2><p id="token-text"></p>
        <p><label>Token <input type="password" id="token-value" autocomplete="off" required></label></p>
        <p class="buttons"><button value="yes" class="strong">Go on</button></p>
        </form></dialog>
        <script nonce="{{nonce}}">{{script}}</script>
        </body>
        </html>
        """#
}
