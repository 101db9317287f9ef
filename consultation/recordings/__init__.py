"""Recordings: texts of the public pages read aloud, one file for each text and language.

- damage: damage of a sound file
- forms: form by which a recording is put beside its text
- models: table of the recordings
- mp3: frames of an MP3 file, without what stands around them
- ogg: pages of an Opus file, with its comments emptied
- playback: recordings that visitors can play on a page, by the texts that they read
- public_views: address of a recording, with conditional requests and ranges of bytes
- queries: what of a round can be read aloud, and what is recorded of it
- service: a recording put beside a text, replaced or removed
- sounds: an uploaded file as a sound, or why it is none
- spoken: texts that can be read aloud, known by their digest
- views: staff pages of the recordings of a round
"""
