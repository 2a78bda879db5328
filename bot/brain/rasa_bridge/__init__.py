"""Everything that makes Rasa 3.6.21 run in this environment, and nothing else.

Rasa asks for TensorFlow, an old numpy, an old packaging and an old SQLAlchemy. None of them is
installed here. `activate` registers one import hook; the hook does nothing until somebody imports
Rasa, and then

* puts small stand-ins in the place of Rasa's own TensorFlow modules (`standins`), so that
  no module called `tensorflow` ever exists for other libraries to be confused by;
* mends the few places that newer libraries broke or that are needlessly slow (`patches`);
* answers `url: inprocess://actions` in endpoints.yml by running our actions in the same process
  (`inprocess`).

`python -m bot.brain.rasa_bridge.install` writes the `.pth` file that activates the hook at every
interpreter start, so that plain `rasa train`, `rasa shell` and `rasa test` work.
"""
