"""What a leaf does, one module for each kind of step: how it is written, checked, and carried out.

`step.Step` says what a kind is, `registry.KINDS` which there are. A step is carried out by the dialogue, purely: it
yields acts (`acts`) and is given their results; what it needs from outside is an effect (`effects`)."""
