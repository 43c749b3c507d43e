"""The test rig: telephones made of SIPp, and a listener on the wire.

It places real calls on the loopback address, captures their packets and says which prompts the
caller heard, when each was cut, which keys were pressed, and how long anyone waited in silence.
`make demo` and the call tests use it; it knows nothing of the hotline's inside.

    ports     blocks of loopback ports that no other process uses
    steps     what a caller does, as words           phones    those words as SIPp XML
    sipp      callers and agents as processes        capture   tcpdump around a call
    wire      datagrams, SIP, RTP, keys              calls     one call out of a capture
    g711      the two telephone codecs               heard     which prompts were played
    spot      prompts under music                    sound     WAVs, clips, silence
    timeline  a call as text                         picture   … and as an SVG
    speech    what a caller said, and when           talker    a caller told what to say during the call
    stereo    … and as a WAV                         scenario  tests/calls/<name>/call.yaml
    place     a call from its first packet to its last
    bare      an Asterisk without application
    verdict   what a scenario expected and did not get
    told_prompts  what the record says of prompts, beside the wire
    look      the time line of any capture, from the command line
"""
