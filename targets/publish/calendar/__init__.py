"""The reporting calendar on the site: pages, the dates they compute with, feeds to subscribe to."""
