internal import Exchange
